// Questions about the inside of a model. Failures stay with whoever asks: they belong beside the text.
import type { InspectApi } from "../../workers/api/inspect.ts";
import { ask } from "./session.ts";

export const inspect: InspectApi = {
  look: (request) => ask((opened) => opened.inspect.look(request)),
  attention: (target, lookId, head) =>
    ask((opened) => opened.inspect.attention(target, lookId, head)),
  logitLens: (target, lookId) => ask((opened) => opened.inspect.logitLens(target, lookId)),
  neighbours: (target, lookId, request) =>
    ask((opened) => opened.inspect.neighbours(target, lookId, request)),
  close: (target) => ask((opened) => opened.inspect.close(target)),
};
