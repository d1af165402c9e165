// The origin private file system in memory: the calls that the browser's store makes, with what they
// promise and no more. What was written and not flushed is lost when the process dies.
import { WriteFaults } from "./write-faults.ts";

interface FileNode {
  /** As the process sees it, and as a disk would have it after a crash. */
  seen: Uint8Array<ArrayBuffer>;
  flushed: Uint8Array<ArrayBuffer>;
  locked: boolean;
}
type Node = FileNode | Map<string, Node>;

/** One origin's files. They outlive the processes that use them. */
export class MemoryOpfs {
  readonly tree = new Map<string, Node>();

  /** The root as one process sees it. After its death nothing that it had not flushed is left. */
  rootFor(faults = new WriteFaults()): FileSystemDirectoryHandle {
    void faults.death.then(() => dropUnflushed(this.tree));
    return directory(this.tree, faults) as unknown as FileSystemDirectoryHandle;
  }

  /** Paths of all files, sorted. */
  paths(): string[] {
    return [...walk(this.tree, "")].map(([path]) => path).sort();
  }

  /** Lays a file down, as another process would have. */
  put(path: string, bytes: Uint8Array): void {
    const names = path.split("/");
    const name = names.pop() as string;
    let folder = this.tree;
    for (const above of names) {
      const below = (folder.get(above) as Map<string, Node> | undefined) ?? new Map<string, Node>();
      folder.set(above, below);
      folder = below;
    }
    const content = new Uint8Array(bytes);
    folder.set(name, { seen: content, flushed: content, locked: false });
  }

  /** Changes a file as a failing disk would. */
  damage(path: string, change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>): void {
    for (const [at, file] of walk(this.tree, ""))
      if (at === path) {
        file.seen = change(file.seen);
        file.flushed = file.seen;
      }
  }
}

function* walk(tree: Map<string, Node>, below: string): Generator<[string, FileNode]> {
  for (const [name, node] of tree)
    if (node instanceof Map) yield* walk(node, `${below}${name}/`);
    else yield [below + name, node];
}

function dropUnflushed(tree: Map<string, Node>): void {
  for (const [, file] of walk(tree, "")) {
    file.seen = file.flushed;
    file.locked = false;
  }
}

const missing = (name: string) => new DOMException(`there is no ${name}`, "NotFoundError");

function directory(tree: Map<string, Node>, faults: WriteFaults) {
  const enter = async <K extends "folder" | "file">(name: string, kind: K, create: boolean) => {
    await faults.alive();
    let node = tree.get(name);
    if (node === undefined) {
      if (!create) throw missing(name);
      await faults.before();
      node =
        kind === "folder"
          ? new Map<string, Node>()
          : { seen: new Uint8Array(), flushed: new Uint8Array(), locked: false };
      tree.set(name, node);
    }
    if (node instanceof Map !== (kind === "folder"))
      throw new DOMException(`${name} is of the other kind`, "TypeMismatchError");
    return node as K extends "folder" ? Map<string, Node> : FileNode;
  };
  return {
    kind: "directory",
    async getDirectoryHandle(name: string, { create = false } = {}) {
      return directory(await enter(name, "folder", create), faults);
    },
    async getFileHandle(name: string, { create = false } = {}) {
      return fileHandle(name, await enter(name, "file", create), faults);
    },
    async removeEntry(name: string, { recursive = false } = {}) {
      await faults.alive();
      const node = tree.get(name);
      if (node === undefined) throw missing(name);
      if (node instanceof Map && node.size > 0 && !recursive)
        throw new DOMException(`${name} is not empty`, "InvalidModificationError");
      // What is not finished has removed some of the files below.
      await faults.before(() => {
        if (node instanceof Map)
          for (const child of [...node.keys()].slice(0, Math.ceil(node.size / 2)))
            node.delete(child);
      });
      tree.delete(name);
    },
    async *keys() {
      await faults.alive();
      yield* [...tree.keys()];
    },
  };
}

function fileHandle(name: string, file: FileNode, faults: WriteFaults) {
  return {
    kind: "file",
    name,
    async getFile() {
      await faults.alive();
      return new File([file.seen], name);
    },
    async createSyncAccessHandle({ mode = "readwrite" } = {}) {
      await faults.alive();
      if (file.locked) throw new DOMException(`${name} is open`, "NoModificationAllowedError");
      // Several may read at once.
      if (mode !== "read-only") file.locked = true;
      const put = (bytes: Uint8Array, at: number) => {
        const seen = new Uint8Array(Math.max(file.seen.length, at + bytes.length));
        seen.set(file.seen);
        seen.set(bytes, at);
        file.seen = seen;
      };
      return {
        getSize: () => file.seen.length,
        read(view: ArrayBufferView, { at = 0 } = {}) {
          const bytes = file.seen.subarray(at, at + view.byteLength);
          new Uint8Array(view.buffer, view.byteOffset, view.byteLength).set(bytes);
          return bytes.length;
        },
        truncate(size: number) {
          faults.beforeSync();
          const seen = new Uint8Array(size);
          seen.set(file.seen.subarray(0, size));
          file.seen = seen;
        },
        write(view: ArrayBufferView, { at = 0 } = {}) {
          const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
          faults.beforeSync(() => {
            put(bytes.subarray(0, bytes.length >> 1), at);
            // The torn half is what reached the disk.
            file.flushed = file.seen;
          });
          put(bytes, at);
          return bytes.length;
        },
        flush() {
          faults.beforeSync();
          file.flushed = file.seen;
        },
        close() {
          if (mode !== "read-only") file.locked = false;
        },
      };
    },
  };
}
