// The config as the YAML that the command line takes, in step with the form. What is typed here is in the form at
// once; what cannot be is told at its line, and the form waits.
import { Button } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { copyText } from "../../lib/copy-text.ts";
import { notify } from "../../lib/notify.ts";
import { saveBlob } from "../../lib/save-blob.ts";
import { folderName } from "../../lib/save-folder.ts";
import { useSetup } from "../SetupContext.tsx";
import { type Setup, type SetupState, sameChoice } from "../setup-store.ts";
import { YamlEditor } from "./YamlEditor.tsx";
import classes from "./YamlPanel.module.css";
import { readYaml, updateYaml, writeYaml, type YamlFault } from "./yaml-sync.ts";

/** The last text and what it says: comments outlive a closed panel. */
const texts = new WeakMap<Setup, { readonly text: string; readonly choice: SetupState }>();

export default function YamlPanel() {
  const { t } = useTranslation("setup");
  const setup = useSetup();
  const state = useStore(setup.store);
  const [text, setText] = useState<string | null>(null);
  const [faults, setFaults] = useState<readonly YamlFault[]>([]);
  const newest = useRef(state);
  newest.current = state;

  // Form to YAML: also when another preset is chosen, or the address changes.
  useEffect(() => {
    const known = texts.get(setup);
    if (known && sameChoice(known.choice, state)) {
      setText(state.draft?.text ?? known.text);
      return;
    }
    const { kit } = setup;
    const show = (next: string) => {
      texts.set(setup, { text: next, choice: state });
      setText(next);
      setFaults(readYaml(kit, next, state.presetId).faults);
    };
    if (known && known.choice.presetId === state.presetId)
      return show(updateYaml(kit, known.text, known.choice, state));
    let isOver = false;
    void kit.presetText(state.presetId).then((preset) => {
      if (!isOver) show(writeYaml(kit, preset, state));
    });
    return () => {
      isOver = true;
    };
  }, [setup, state]);

  // What was left half-written has its faults again.
  useEffect(() => {
    const { draft, presetId } = newest.current;
    if (draft) setFaults(readYaml(setup.kit, draft.text, presetId).faults);
  }, [setup]);

  const change = (next: string) => {
    setText(next);
    const read = readYaml(setup.kit, next, newest.current.presetId);
    setFaults(read.faults);
    if (read.choice) {
      texts.set(setup, { text: next, choice: { ...read.choice, draft: null } });
      setup.setDraft(null);
      setup.replace(read.choice);
    } else setup.setDraft({ text: next, line: read.faults[0]?.line ?? 1 });
  };

  if (text === null) return <div className={classes.waiting} aria-busy="true" />;
  const title = /^title:\s*(.+)$/m.exec(text)?.[1] ?? "";
  const file = `${folderName(title) || state.presetId}.yaml`;
  const copy = async () => {
    if (await copyText(text)) notify(t("yaml.copied"));
  };
  return (
    <section className={classes.panel} aria-label={t("yaml.title")}>
      <YamlEditor text={text} faults={faults} onChange={change} />
      <div className={classes.actions}>
        <Button size="compact-sm" variant="default" onClick={() => void copy()}>
          {t("yaml.copy")}
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => saveBlob(file, new Blob([text], { type: "application/yaml" }))}
        >
          {t("yaml.download")}
        </Button>
        <code className={classes.command}>npm run headless -- {file}</code>
      </div>
    </section>
  );
}
