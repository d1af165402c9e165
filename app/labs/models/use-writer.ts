import { useEffect, useRef, useState } from "react";
import type { ChatMessage } from "../../../configs/schema/sample.ts";
import type { Written } from "../../../workers/api/models.ts";
import type { Fault } from "../../../workers/api/outcome.ts";
import { generate, stopGenerating } from "../../session/models.ts";
import { readSampling, samplingStore } from "./sampling.ts";

/** What a model wrote and how it came about. */
export interface WrittenText extends Written {
  readonly seed: number;
}

export interface Writer {
  /** `loading`: asked, and nothing has come yet. */
  readonly phase: "idle" | "loading" | "writing";
  /** What is written so far. */
  readonly text: string;
  readonly fault: Fault | null;
  /** Asks the model; null where it could not write, and the fault says why. Does nothing while it writes. */
  write(what: {
    readonly prompt: string;
    readonly messages?: readonly ChatMessage[];
  }): Promise<WrittenText | null>;
  stop(): void;
  forgetFault(): void;
}

/** One model's pen. What it writes is stopped when the component goes. */
export function useWriter(modelId: string): Writer {
  const [phase, setPhase] = useState<Writer["phase"]>("idle");
  const [text, setText] = useState("");
  const [fault, setFault] = useState<Fault | null>(null);
  const isBusy = useRef(false);
  useEffect(() => () => void (isBusy.current && stopGenerating(modelId)), [modelId]);
  return {
    phase,
    text,
    fault,
    async write({ prompt, messages }) {
      const sampling = readSampling(samplingStore.getState().typed);
      if (isBusy.current || !sampling) return null;
      isBusy.current = true;
      setFault(null);
      setText("");
      setPhase("loading");
      const request = { ...sampling, prompt, ...(messages ? { messages } : {}) };
      const written = await generate(modelId, request, (soFar) => {
        setPhase("writing");
        setText(soFar);
      });
      isBusy.current = false;
      setPhase("idle");
      // The last piece may come after the answer, and is heard no more.
      if (written.ok) setText(written.value.text);
      else setFault(written.fault);
      return written.ok ? { ...written.value, seed: sampling.seed } : null;
    },
    stop: () => void stopGenerating(modelId),
    forgetFault: () => setFault(null),
  };
}
