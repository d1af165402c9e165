// A plain text area with numbered lines. Faults are marked at their lines and listed below, each a way to its line.
import { type KeyboardEvent, useId, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useFieldWords } from "../field-words.ts";
import classes from "./YamlEditor.module.css";
import type { YamlFault } from "./yaml-sync.ts";

export interface YamlEditorProps {
  readonly text: string;
  readonly faults: readonly YamlFault[];
  readonly onChange: (text: string) => void;
}

export function YamlEditor({ text, faults, onChange }: YamlEditorProps) {
  const { t } = useTranslation("setup");
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const faultsId = useId();
  const lines = text.split("\n");
  const wrong = new Set(faults.map(({ line }) => line));
  const follow = () => {
    if (gutter.current && area.current) gutter.current.scrollTop = area.current.scrollTop;
  };
  const goTo = ({ line, column }: YamlFault) => {
    const before = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    const at = Math.min(text.length, before + column - 1);
    area.current?.focus();
    area.current?.setSelectionRange(at, at + (lines[line - 1]?.length ?? 0) - column + 1);
  };
  return (
    <div className={classes.editor}>
      <div className={classes.frame} data-wrong={faults.length > 0 || undefined}>
        <div ref={gutter} className={classes.gutter} aria-hidden="true">
          {lines.map((_, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
            <span key={i} data-wrong={wrong.has(i + 1) || undefined}>
              {i + 1}
            </span>
          ))}
        </div>
        <textarea
          ref={area}
          className={classes.area}
          aria-label={t("yaml.label")}
          aria-invalid={faults.length > 0}
          aria-describedby={faultsId}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          wrap="off"
          value={text}
          onChange={(event) => onChange(event.currentTarget.value)}
          onKeyDown={keepIndent}
          onScroll={follow}
        />
      </div>
      <ul id={faultsId} className={classes.faults} aria-live="polite">
        {faults.map((fault) => (
          <li key={`${fault.line}:${fault.column}:${fault.message}`}>
            <button type="button" onClick={() => goTo(fault)}>
              {t("yaml.line", { line: fault.line })}
            </button>{" "}
            <FaultText fault={fault} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function FaultText({ fault }: { readonly fault: YamlFault }) {
  const { t } = useTranslation("setup");
  const words = useFieldWords();
  const { issue, code, message, column } = fault;
  if (issue)
    return (
      <>
        <code>{issue.path}</code> {words.issue(issue)}
      </>
    );
  return (
    <>
      {t(`yaml.fault.${code}` as "yaml.fault.other", {
        defaultValue: t("yaml.fault.other", { column, message }),
      })}
    </>
  );
}

/** A new line begins where the last one did. Done as typing, so that the field's own undo knows it. */
function keepIndent(event: KeyboardEvent<HTMLTextAreaElement>): void {
  if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.nativeEvent.isComposing)
    return;
  const { value, selectionStart } = event.currentTarget;
  const line = value.slice(value.lastIndexOf("\n", selectionStart - 1) + 1, selectionStart);
  const indent = (/^ */.exec(line)?.[0] ?? "") + (/:\s*$/.test(line) ? "  " : "");
  if (indent === "") return;
  event.preventDefault();
  document.execCommand("insertText", false, `\n${indent}`);
}
