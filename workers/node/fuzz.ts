// npm run fuzz [-- --only NAME] [--cases N] [--seed S]
// Gives every parser of outside bytes damaged files, each parser in a process of its own with a small heap. A
// case passes when it ends in time, within its memory, with a result or a FaultError. The last line is
// "N passed, N failed", a parser counted as one.
import { runFuzz } from "./fuzz/run-fuzz.ts";

runFuzz(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
