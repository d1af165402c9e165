import type { RunRow } from "../../stores/run-rows.ts";
import classes from "./RunHeads.module.css";
import { RunLabelText, ToneKey } from "./RunTableRow.tsx";

/** The head of a table with a column for each run, in the tone of its line. */
export function RunHeads(props: { readonly first: string; readonly rows: readonly RunRow[] }) {
  return (
    <thead>
      <tr>
        <th scope="col">{props.first}</th>
        {props.rows.map((row, tone) => (
          <th key={row.runId} scope="col">
            <span className={classes.run}>
              <ToneKey tone={tone} />
              <RunLabelText row={row} />
            </span>
          </th>
        ))}
      </tr>
    </thead>
  );
}
