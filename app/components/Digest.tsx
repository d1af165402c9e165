import { useEffect, useState } from "react";
import classes from "./Digest.module.css";

/** Hex digits shown: enough to tell two apart at a glance. */
const SHOWN = 12;
const TOLD_MS = 2_000;

/** A digest: its beginning to look at, all of it to hover over and to copy. */
export function Digest(props: {
  readonly value: string;
  /** What the button does, in words: "Copy". */
  readonly copyLabel: string;
  readonly copiedLabel: string;
}) {
  const { value, copyLabel, copiedLabel } = props;
  const [isCopied, setIsCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setIsCopied(false), TOLD_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = () =>
    // Where the clipboard is forbidden, the whole value can still be read on hover.
    navigator.clipboard?.writeText(value).then(
      () => setIsCopied(true),
      () => {},
    );
  return (
    <span className={classes.digest}>
      <code title={value}>{value.slice(0, SHOWN)}</code>
      <button
        type="button"
        className="link"
        aria-label={`${copyLabel} ${value}`}
        onClick={() => void copy()}
      >
        {isCopied ? copiedLabel : copyLabel}
      </button>
    </span>
  );
}
