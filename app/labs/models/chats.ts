// Chats by model, for as long as the page is open: whoever looks at another model finds them again.
import { createStore } from "zustand/vanilla";
import type { ChatMessage } from "../../../configs/schema/sample.ts";
import type { WrittenText } from "./use-writer.ts";

export interface Turn {
  readonly role: "user" | "assistant";
  readonly content: string;
  /** How an answer came about. */
  readonly written?: WrittenText;
}

export interface ChatState {
  readonly system: string;
  readonly turns: readonly Turn[];
}

const EMPTY: ChatState = { system: "", turns: [] };

export const chatsStore = createStore<{ readonly byModel: Readonly<Record<string, ChatState>> }>(
  () => ({ byModel: {} }),
);

/** Selector of a model's chat. */
export const chatOf =
  (modelId: string) =>
  ({ byModel }: { readonly byModel: Readonly<Record<string, ChatState>> }): ChatState =>
    byModel[modelId] ?? EMPTY;

export function changeChat(modelId: string, part: Partial<ChatState>): void {
  chatsStore.setState((state) => ({
    byModel: { ...state.byModel, [modelId]: { ...chatOf(modelId)(state), ...part } },
  }));
}

/** What the template is given: the system prompt, if any, and the turns. */
export const messagesOf = ({ system, turns }: ChatState): readonly ChatMessage[] => [
  ...(system.trim() === "" ? [] : [{ role: "system", content: system }]),
  ...turns.map(({ role, content }) => ({ role, content })),
];
