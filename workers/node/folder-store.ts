import { KeptRuns } from "../storage/kept-runs.ts";
import type { Disk } from "./disk.ts";
import { FolderMedium } from "./folder-medium.ts";

/** One run in a folder of its own. */
export class FolderStore extends KeptRuns {
  constructor(root: string, disk?: Disk) {
    super(new FolderMedium(root, disk));
  }
}
