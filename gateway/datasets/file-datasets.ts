/**
 * Datasets in a folder: a file for each block of rows, and a small file for each dataset that says which versions it
 * has. The small file is written beside, synced and renamed, so that a dataset changes at once or not at all: rows that
 * were written before the process ended and that no such file names are removed at the next start.
 */
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, link, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { namespacedKey } from "../auth/namespaced-key.js";
import {
  type BlockAddress,
  DamagedRowsError,
  type DatasetStore,
  type StoredDataset,
} from "./dataset-store.js";
import { layoutsOf } from "./row-block.js";
import { parseStoredDataset, storedText } from "./stored-form.js";

/** The name of the folder in the data folder. */
export const datasetsFolder = "datasets";

const manifest = ".json";
/** Of a small file that was not renamed yet. */
const unfinished = ".new";
/** Of the small file that a new one takes the place of, until that is on disk. */
const replaced = ".before";
const rowsFile = /^[A-Za-z0-9_-]+\.\d+\.rows$/;

export interface FileDatasetEvents {
  /** A dataset's files are damaged, and it is left out. */
  readonly unusable: (file: string, reason: string) => void;
}

export class FileDatasets implements DatasetStore {
  /** @param folder is made when it does not exist */
  constructor(
    private readonly folder: string,
    private readonly events: FileDatasetEvents,
    private readonly syncFolder: (folder: string) => Promise<void> = synced,
  ) {}

  async load(): Promise<readonly StoredDataset[]> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const files = await readdir(this.folder);
    const found: StoredDataset[] = [];
    for (const file of files) {
      if (file.endsWith(unfinished) || file.endsWith(replaced))
        await rm(join(this.folder, file), { force: true });
      if (!file.endsWith(manifest)) continue;
      const dataset = await this.readManifest(file);
      if (dataset !== undefined) found.push(dataset);
    }
    await this.removeUnnamed(files, found);
    return found;
  }

  async write(address: BlockAddress, offset: number, bytes: Uint8Array): Promise<void> {
    const file = await open(this.pathOf(address), constants.O_RDWR | constants.O_CREAT, 0o600);
    try {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await file.write(bytes, done, bytes.length - done, offset + done);
        done += bytesWritten;
      }
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  async read(address: BlockAddress, into: Uint8Array): Promise<void> {
    const file = await open(this.pathOf(address), "r").catch((error: unknown) => {
      throw isMissing(error) ? new DamagedRowsError("the file is missing", { cause: error }) : error;
    });
    try {
      for (let done = 0; done < into.length; ) {
        const { bytesRead } = await file.read(into, done, into.length - done, done);
        if (bytesRead === 0)
          throw new DamagedRowsError(`the file has ${done} bytes, and ${into.length} were kept`);
        done += bytesRead;
      }
    } finally {
      await file.close();
    }
  }

  async save(dataset: StoredDataset): Promise<void> {
    const path = this.manifestOf(dataset.namespace, dataset.name);
    const beside = `${path}${unfinished}`;
    const before = `${path}${replaced}`;
    const file = await open(beside, "w", 0o600);
    try {
      await file.writeFile(storedText(dataset));
      await file.sync();
    } finally {
      await file.close();
    }
    const existed = await keptBeside(path, before);
    await rename(beside, path);
    try {
      await this.syncFolder(this.folder);
    } catch (error) {
      // Whoever hears of the failure writes other rows over these, so that the file must not tell of them.
      await (existed ? rename(before, path) : rm(path, { force: true }));
      throw error;
    }
    await rm(before, { force: true });
  }

  async remove(namespace: string, name: string): Promise<void> {
    await rm(this.manifestOf(namespace, name), { force: true });
    await this.syncFolder(this.folder);
  }

  async discard(table: string, blocks: number): Promise<void> {
    for (let block = 0; block < blocks; block++) await rm(this.pathOf({ table, block }), { force: true });
  }

  private pathOf({ table, block }: BlockAddress): string {
    return join(this.folder, `${table}.${block}.rows`);
  }

  /** Names may hold any letters and slashes, so that files are named by their hash. */
  private manifestOf(namespace: string, name: string): string {
    const hash = createHash("sha256").update(namespacedKey(namespace, name)).digest("hex").slice(0, 40);
    return join(this.folder, `${hash}${manifest}`);
  }

  private async readManifest(file: string): Promise<StoredDataset | undefined> {
    try {
      const dataset = parseStoredDataset(JSON.parse(await readFile(join(this.folder, file), "utf8")));
      await this.requireRows(dataset);
      return dataset;
    } catch (error) {
      this.events.unusable(file, error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  /** @throws Error when a file has fewer rows than a version of the dataset */
  private async requireRows({ versions, tables }: StoredDataset): Promise<void> {
    for (const [table, columns] of Object.entries(tables)) {
      const rows = Math.max(0, ...versions.filter((each) => each.table === table).map((each) => each.rows));
      for (const [block, { rowBytes }] of layoutsOf(columns).entries()) {
        const { size } = await stat(this.pathOf({ table, block }));
        if (size < rows * rowBytes)
          throw new Error(`${table}.${block}.rows has ${size} bytes, and ${rows * rowBytes} were kept`);
      }
    }
  }

  /** Files of a damaged dataset are left: whoever runs the gateway may have a copy of the small file. */
  private async removeUnnamed(files: readonly string[], found: readonly StoredDataset[]): Promise<void> {
    if (files.filter((file) => file.endsWith(manifest)).length !== found.length) return;
    const named = new Set(found.flatMap(({ tables }) => Object.keys(tables)));
    for (const file of files)
      if (rowsFile.test(file) && !named.has(file.slice(0, file.indexOf("."))))
        await rm(join(this.folder, file), { force: true });
  }
}

/** The names in a folder are on disk when it settles. */
async function synced(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Gives a file a second name, or copies it where the file system knows no such; false when there is none. */
async function keptBeside(path: string, before: string): Promise<boolean> {
  await rm(before, { force: true });
  try {
    await link(path, before).catch(() => copyFile(path, before));
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
