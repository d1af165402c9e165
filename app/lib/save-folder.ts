import { saveBlob } from "./save-blob.ts";

/** A file to be saved. Its content is read while it is written: it is never whole in memory. */
export interface FileToSave {
  /** Below the folder, with forward slashes. */
  readonly path: string;
  readonly content: Blob;
}

export interface Destination {
  write(files: readonly FileToSave[]): Promise<void>;
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

async function writeInto(root: FileSystemDirectoryHandle, { path, content }: FileToSave) {
  const names = path.split("/");
  const fileName = names.pop() as string;
  let folder = root;
  for (const part of names) folder = await folder.getDirectoryHandle(part, { create: true });
  const handle = await folder.getFileHandle(fileName, { create: true });
  const stream = await handle.createWritable();
  await content.stream().pipeTo(stream);
}

async function download(name: string, files: readonly FileToSave[]) {
  const { sumBlob, zipFiles } = await import("./zip.ts");
  const entries = await Promise.all(
    files.map(({ path, content }) => sumBlob(`${name}/${path}`, content)),
  );
  saveBlob(`${name}.zip`, zipFiles(entries));
}

/** A name that is safe as a folder on every system: "Nano, again" -> "nano-again". */
export const folderName = (title: string): string =>
  title
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60) || "model";
