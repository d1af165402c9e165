// A chat with a model through the template of its own tokenizer.
import { Button, Textarea } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import type { SavedModel } from "../../../workers/api/models.ts";
import classes from "./Chat.module.css";
import { changeChat, chatOf, chatsStore, messagesOf, type Turn } from "./chats.ts";
import { FaultBeside } from "./FaultBeside.tsx";
import { SamplingFields } from "./SamplingFields.tsx";
import { readSampling, samplingStore } from "./sampling.ts";
import { useWriter } from "./use-writer.ts";
import { WrittenFacts } from "./WrittenFacts.tsx";

export function Chat(props: {
  readonly model: SavedModel;
  readonly onWritten: (text: string) => void;
}) {
  const { model, onWritten } = props;
  const { t } = useTranslation("models");
  const { modelId, name } = model;
  const writer = useWriter(modelId);
  const chat = useStore(chatsStore, chatOf(modelId));
  const typed = useStore(samplingStore, (state) => state.typed);
  const [message, setMessage] = useState("");
  const { turns } = chat;
  const isBusy = writer.phase !== "idle";
  const canAsk = !isBusy && readSampling(typed) !== null;
  /** Has the last of these turns answered. */
  const answer = async (asked: readonly Turn[]) => {
    changeChat(modelId, { turns: asked });
    const written = await writer.write({
      prompt: "",
      messages: messagesOf({ ...chat, turns: asked }),
    });
    if (!written) return;
    const said: Turn = { role: "assistant", content: written.text, written };
    changeChat(modelId, { turns: [...asked, said] });
    onWritten(written.text);
  };
  const send = () => {
    const content = message.trim();
    if (content === "" || !canAsk) return;
    setMessage("");
    void answer([...turns, { role: "user", content }]);
  };
  const lastAsked = turns.findLastIndex(({ role }) => role === "user");
  return (
    <>
      <Textarea
        label={t("chat.system")}
        description={t("chat.systemHelp")}
        inputWrapperOrder={["label", "input", "description", "error"]}
        autosize
        minRows={1}
        maxRows={6}
        value={chat.system}
        onChange={(event) => changeChat(modelId, { system: event.currentTarget.value })}
      />
      <Log name={name} turns={turns} phase={writer.phase} text={writer.text} />
      {writer.fault && <FaultBeside fault={writer.fault} onDismiss={writer.forgetFault} />}
      <div className={classes.composer}>
        <Textarea
          className={classes.message}
          aria-label={t("chat.message")}
          description={t("chat.keys")}
          inputWrapperOrder={["label", "input", "description", "error"]}
          placeholder={t("chat.placeholder")}
          autosize
          minRows={1}
          maxRows={8}
          value={message}
          onChange={(event) => setMessage(event.currentTarget.value)}
          onKeyDown={(event) => {
            // Enter also ends what an input method composes: that is no message yet.
            if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
            event.preventDefault();
            send();
          }}
        />
        {isBusy ? (
          <Button variant="default" className={classes.main} onClick={writer.stop}>
            {t("write.stop")}
          </Button>
        ) : (
          <Button
            className={classes.main}
            disabled={!canAsk || message.trim() === ""}
            onClick={send}
          >
            {t("chat.send")}
          </Button>
        )}
      </div>
      <div className={classes.links}>
        <Button
          size="xs"
          variant="default"
          disabled={!canAsk || lastAsked === -1}
          onClick={() => void answer(turns.slice(0, lastAsked + 1))}
        >
          {t("chat.regenerate")}
        </Button>
        <Button
          size="xs"
          variant="default"
          disabled={isBusy || turns.length === 0}
          onClick={() => changeChat(modelId, { turns: [] })}
        >
          {t("chat.clear")}
        </Button>
      </div>
      <SamplingFields />
    </>
  );
}

function Log(props: {
  readonly name: string;
  readonly turns: readonly Turn[];
  readonly phase: "idle" | "loading" | "writing";
  /** What is being written. */
  readonly text: string;
}) {
  const { t } = useTranslation("models");
  const { name, turns, phase, text } = props;
  const log = useRef<HTMLDivElement>(null);
  const length = turns.length;
  // What is said last is seen, unless somebody reads further up.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it follows what is written
  useEffect(() => {
    const { current } = log;
    if (!current) return;
    const below = current.scrollHeight - current.scrollTop - current.clientHeight;
    if (below < 120) current.scrollTop = current.scrollHeight;
  }, [length, text]);
  return (
    <div
      ref={log}
      className={classes.log}
      role="log"
      aria-label={t("chat.log", { name })}
      // It scrolls when the chat is long, so it must be reachable by keyboard.
      // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
      tabIndex={0}
    >
      {length === 0 && phase === "idle" && <p className={classes.empty}>{t("chat.empty")}</p>}
      {turns.map((turn, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a turn's place is what it is
        <Bubble key={at} turn={turn} />
      ))}
      {phase === "loading" && <p className={classes.empty}>{t("write.loading")}</p>}
      {phase === "writing" && <Bubble turn={{ role: "assistant", content: text }} isWriting />}
    </div>
  );
}

function Bubble({
  turn,
  isWriting = false,
}: {
  readonly turn: Turn;
  readonly isWriting?: boolean;
}) {
  const { t } = useTranslation("models");
  const { role, content, written } = turn;
  return (
    <article className={classes.turn} data-role={role}>
      <h4 className={classes.who}>{t(role === "user" ? "chat.you" : "chat.model")}</h4>
      <p className={classes.said} data-writing={isWriting || undefined}>
        {written && content === "" ? <em>{t("write.empty")}</em> : content}
      </p>
      {written && <WrittenFacts written={written} />}
    </article>
  );
}
