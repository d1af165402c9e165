// Choosing and dropping files. A folder arrives as a list of files with paths below it.

export interface PickedFile {
  /** Below the chosen folder, which is not part of the path itself: `config.json`. */
  readonly path: string;
  readonly file: File;
}

export interface PickedFolder {
  readonly name: string;
  readonly files: readonly PickedFile[];
}

/** Opens the file dialog; null if it is dismissed. Needs a click or a key press just before. */
export async function pickTextFile(): Promise<File | null> {
  const [file] = await openDialog((input) => {
    input.accept = ".txt,.md,.jsonl,.ndjson,.csv,.tsv,.parquet,.json,text/*";
  });
  return file ?? null;
}

/** tokenizer.json and what belongs to it; none if the dialog is dismissed. */
export const pickTokenizerFiles = (): Promise<readonly File[]> =>
  openDialog((input) => {
    input.multiple = true;
    input.accept = ".json,.jinja,application/json";
  });

/** Opens the folder dialog (on phones, which have none, a dialog for several files). */
export async function pickFolder(): Promise<PickedFolder | null> {
  const files = await openDialog((input) => {
    input.multiple = true;
    input.webkitdirectory = !/Android|iPhone|iPad/.test(navigator.userAgent);
  });
  return files.length === 0 ? null : folderOf(files);
}

const openDialog = (prepare: (input: HTMLInputElement) => void) =>
  new Promise<readonly File[]>((resolve) => {
    const input = document.createElement("input");
    input.type = "file";
    prepare(input);
    input.addEventListener("change", () => resolve(Array.from(input.files ?? [])));
    input.addEventListener("cancel", () => resolve([]));
    input.click();
  });

/** Names that every model folder has: they say nothing of the model. */
const COMMON_NAME =
  /^(model|config|generation_config|tokenizer|tokenizer_config|special_tokens_map|vocab|merges)\b/;

/** Groups files by the folder they came from; loose files make a folder named after the most telling. */
export function folderOf(files: readonly File[]): PickedFolder {
  const paths = files.map(pathOf);
  const first = paths[0] ?? "";
  const top = first.includes("/") ? first.slice(0, first.indexOf("/")) : null;
  const isOneFolder = top !== null && paths.every((path) => path.startsWith(`${top}/`));
  return {
    name: isOneFolder ? top : nameOf(paths),
    files: files.map((file, index) => {
      const path = paths[index] as string;
      return { path: isOneFolder ? path.slice(top.length + 1) : path, file };
    }),
  };
}

const nameOf = (paths: readonly string[]): string =>
  (paths.find((path) => !COMMON_NAME.test(path)) ?? "model").replace(/\.[^.]*$/, "");

/** Dialogs give `webkitRelativePath`; the drop zone gives `path`, with a leading slash or `./`. */
function pathOf(file: File): string {
  const dropped = (file as File & { readonly path?: string }).path;
  return (file.webkitRelativePath || dropped || file.name).replace(/^\.?\/+/, "");
}

/** Whether what was dropped is a tokenizer, alone or with what belongs to it. */
export const looksLikeTokenizer = (files: readonly File[]): boolean =>
  files.some(({ name }) => /^tokenizer( ?\(\d+\))?\.json$/.test(name));

/** Whether what was dropped is a model rather than a text. */
export const looksLikeModel = (files: readonly File[]): boolean =>
  files.some(({ name }) => name.endsWith(".safetensors") || name === "config.json");
