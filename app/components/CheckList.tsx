// A button that opens a list of things to tick: columns, metrics, settings to group by.
import { Button, Checkbox, Popover, TextInput } from "@mantine/core";
import { useState } from "react";
import classes from "./CheckList.module.css";

export interface CheckListProps {
  /** On the button. */
  readonly label: string;
  /** What is being chosen, for those who do not see the button beside it. */
  readonly title: string;
  readonly items: readonly {
    readonly value: string;
    readonly label: string;
    readonly section?: string;
  }[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: string[]) => void;
  readonly note?: string;
  /** What the search field says while it is empty; without it there is none. */
  readonly search?: string;
}

export function CheckList(props: CheckListProps) {
  const { label, title, items, chosen, onChange, note, search } = props;
  const [wanted, setWanted] = useState("");
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const found = items.filter(({ value, label: name }) =>
    words.every((word) => `${value} ${name}`.toLowerCase().includes(word)),
  );
  const sections = [...new Set(found.map(({ section }) => section ?? ""))];
  return (
    <Popover position="bottom-start" trapFocus returnFocus shadow="md">
      <Popover.Target>
        <Button variant="default" size="xs" aria-haspopup="dialog">
          {label}
        </Button>
      </Popover.Target>
      <Popover.Dropdown className={classes.dropdown} aria-label={title}>
        <Checkbox.Group value={[...chosen]} onChange={onChange} aria-label={title}>
          {search !== undefined && (
            <TextInput
              className={classes.search}
              size="xs"
              aria-label={search}
              placeholder={search}
              value={wanted}
              onChange={({ currentTarget }) => setWanted(currentTarget.value)}
            />
          )}
          {note && <p className={classes.note}>{note}</p>}
          {sections.map((section) => (
            <div key={section} className={classes.section}>
              {section && <p className={classes.heading}>{section}</p>}
              {found
                .filter((item) => (item.section ?? "") === section)
                .map((item) => (
                  <Checkbox key={item.value} size="xs" value={item.value} label={item.label} />
                ))}
            </div>
          ))}
        </Checkbox.Group>
      </Popover.Dropdown>
    </Popover>
  );
}
