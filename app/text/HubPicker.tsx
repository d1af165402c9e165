// A dataset of the model hub by its name: what it holds, and a choice among that.
import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import type { Fault } from "../../workers/api/outcome.ts";
import type { HubFileRef, HubTextFile, HubTexts } from "../../workers/api/text.ts";
import { formatBytes } from "../lib/format.ts";
import { listHubTexts } from "../session/texts.ts";
import { settingsStore } from "../stores/settings.ts";
import { HubDownloads } from "./HubDownloads.tsx";
import classes from "./HubPicker.module.css";
import { TextFault } from "./TextFault.tsx";

const ANY = "";

export default function HubPicker(props: { readonly onChoose: (ref: HubFileRef) => void }) {
  const { t } = useTranslation("text");
  const address = useStore(settingsStore, (state) => state.hubAddress);
  const [name, setName] = useState("");
  const [found, setFound] = useState<HubTexts | null>(null);
  const [fault, setFault] = useState<Fault | null>(null);
  const [isAsking, setIsAsking] = useState(false);
  const look = async () => {
    setIsAsking(true);
    setFault(null);
    setFound(null);
    const outcome = await listHubTexts(name);
    setIsAsking(false);
    if (outcome.ok) setFound(outcome.value);
    else setFault(outcome.fault);
  };
  return (
    <div className={classes.picker}>
      <form
        className={classes.name}
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== "") void look();
        }}
      >
        <TextInput
          className={classes.input}
          label={t("hub.name")}
          description={t("hub.help", { address: address || "huggingface.co" })}
          inputWrapperOrder={["label", "input", "description", "error"]}
          placeholder="owner/name"
          autoComplete="off"
          spellCheck={false}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button
          type="submit"
          variant="default"
          size="sm"
          loading={isAsking}
          disabled={name.trim() === ""}
        >
          {t("hub.look")}
        </Button>
      </form>
      {fault && <TextFault fault={fault} title={t("hub.failed")} />}
      {found && (
        <Files key={found.commit} found={found} onChoose={({ ref }) => props.onChoose(ref)} />
      )}
      <HubDownloads />
    </div>
  );
}

function Files(props: {
  readonly found: HubTexts;
  readonly onChoose: (file: HubTextFile) => void;
}) {
  const { t } = useTranslation("text");
  const { files } = props.found;
  const configs = distinct(files.map(({ config }) => config));
  const [config, setConfig] = useState<string>(configs[0] ?? ANY);
  const ofConfig = files.filter((file) => configs.length < 2 || file.config === config);
  const splits = distinct(ofConfig.map(({ split }) => split));
  const [wanted, setSplit] = useState<string | null>(null);
  const split = wanted !== null && splits.includes(wanted) ? wanted : (splits[0] ?? ANY);
  const shown = ofConfig.filter((file) => splits.length < 2 || file.split === split);
  return (
    <>
      {(configs.length > 1 || splits.length > 1) && (
        <div className={classes.selects}>
          {configs.length > 1 && (
            <NativeSelect
              label={t("hub.config")}
              size="sm"
              data={[...configs]}
              value={config}
              onChange={(event) => setConfig(event.currentTarget.value)}
            />
          )}
          {splits.length > 1 && (
            <NativeSelect
              label={t("hub.split")}
              size="sm"
              data={[...splits]}
              value={split}
              onChange={(event) => setSplit(event.currentTarget.value)}
            />
          )}
        </div>
      )}
      <ul className={classes.files} aria-label={t("hub.files")}>
        {shown.map((file) => (
          <li key={file.ref.path} className={classes.file}>
            <span className={classes.path}>{file.ref.path}</span>
            <span className={classes.bytes}>{formatBytes(file.ref.bytes)}</span>
            <button
              type="button"
              className="link"
              aria-label={t("hub.useNamed", { path: file.ref.path })}
              onClick={() => props.onChoose(file)}
            >
              {t("hub.use")}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Train first: it is what one mostly wants. */
function distinct(names: readonly (string | null)[]): readonly string[] {
  const found = [...new Set(names.filter((name): name is string => name !== null))];
  return found.sort((a, b) => Number(b === "train") - Number(a === "train") || (a < b ? -1 : 1));
}
