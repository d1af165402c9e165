import { saveBlob } from "./save-blob.ts";
import type { ZipEntry } from "./zip.ts";

export interface Destination {
  write(files: readonly ZipEntry[]): Promise<void>;
}

/** The part of the File System Access API used here; the DOM library does not know the picker yet. */
type DirectoryPicker = (options: {
  id: string;
  mode: "readwrite";
}) => Promise<FileSystemDirectoryHandle>;

/**
 * Where a folder named `name` is to go: below a folder the person picks, or, in browsers without such a
 * picker, into one zip file among the downloads. Null if the picker is dismissed. Ask before the files
 * are made: the picker opens only right after a click or a key press.
 */
export async function chooseDestination(name: string): Promise<Destination | null> {
  const picker = (window as { showDirectoryPicker?: DirectoryPicker }).showDirectoryPicker;
  if (!picker) return { write: (files) => download(name, files) };
  try {
    const parent = await picker.call(window, { id: "vitrine-models", mode: "readwrite" });
    return {
      async write(files) {
        const folder = await parent.getDirectoryHandle(name, { create: true });
        for (const file of files) await writeInto(folder, file);
      },
    };
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return null;
    // Some pages may not open pickers (an embedded frame, a policy): the download always works.
    return { write: (files) => download(name, files) };
  }
}

async function writeInto(root: FileSystemDirectoryHandle, { path, bytes }: ZipEntry) {
  const names = path.split("/");
  const fileName = names.pop() as string;
  let folder = root;
  for (const part of names) folder = await folder.getDirectoryHandle(part, { create: true });
  const handle = await folder.getFileHandle(fileName, { create: true });
  const stream = await handle.createWritable();
  await stream.write(bytes);
  await stream.close();
}

async function download(name: string, files: readonly ZipEntry[]) {
  const { zipFiles } = await import("./zip.ts");
  const blob = zipFiles(files.map(({ path, bytes }) => ({ path: `${name}/${path}`, bytes })));
  saveBlob(`${name}.zip`, blob);
}

/** A name that is safe as a folder on every system: "Nano, again" -> "nano-again". */
export const folderName = (title: string): string =>
  title
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60) || "model";
