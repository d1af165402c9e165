// Questions about the inside of a model. Failures stay with whoever asks: they belong beside the text.
import type { InspectApi } from "../../workers/api/inspect.ts";
import { callStudio } from "./session.ts";

export const inspect: InspectApi = {
  look: (request) => callStudio((opened) => opened.inspect.look(request)),
  attention: (target, lookId, head) =>
    callStudio((opened) => opened.inspect.attention(target, lookId, head)),
  logitLens: (target, lookId) => callStudio((opened) => opened.inspect.logitLens(target, lookId)),
  neighbours: (target, lookId, request) =>
    callStudio((opened) => opened.inspect.neighbours(target, lookId, request)),
  close: (target) => callStudio((opened) => opened.inspect.close(target)),
};
