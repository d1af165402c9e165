import type { DatasetSummary } from "../../workers/api/text.ts";
import { DatasetCounts } from "./DatasetCounts.tsx";
import classes from "./TextPanel.module.css";
import { TokenSample } from "./TokenSample.tsx";

/** A text as tokens: what it comes to, and a stretch of it. */
export default function PreparedText({ summary }: { readonly summary: DatasetSummary }) {
  return (
    <div className={classes.prepared}>
      <TokenSample summary={summary} />
      <DatasetCounts summary={summary} />
    </div>
  );
}
