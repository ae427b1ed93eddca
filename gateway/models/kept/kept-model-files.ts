/**
 * The files of kept models: a folder for each, with the graph, the golden answer and a small file that says whose it
 * is and how long it is kept. A folder is written beside its place and renamed, so that what a killed gateway leaves
 * is a whole model or one that the next start removes.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { TensorSpec } from "../../../engines/servable.js";
import { isDatatype } from "../../../protocol/tensor.js";
import { namespacedKey } from "../../auth/namespaced-key.js";
import { SerialQueue } from "../../waiting/serial.js";
import { placeFolder } from "../folder-writer.js";

const tensorSpec = z.object({
  name: z.string(),
  datatypes: z.array(z.custom<TensorSpec["datatypes"][number]>(isDatatype)),
  shape: z.array(z.union([z.number(), z.string()])),
  optional: z.boolean().optional(),
  allowNonFinite: z.boolean().optional(),
  lengthMax: z.number().optional(),
  description: z.string(),
});

const storedModel = z.object({
  namespace: z.string(),
  tenant: z.string(),
  handle: z.string(),
  trainer: z.string(),
  /** Milliseconds since the epoch at which it expires. */
  until: z.number(),
  /** Bytes of the graph and the golden answer. */
  bytes: z.number(),
  onnx: z.object({ bytes: z.number(), sha256: z.string() }),
  inputs: z.array(tensorSpec),
  outputs: z.array(tensorSpec),
});

/** What the small file says. */
export type StoredModel = z.infer<typeof storedModel>;

const unfinished = ".new-";
const manifest = "kept.json";

export class KeptModelFiles {
  /** A folder is written only once one of the same name is gone. */
  private readonly changes = new SerialQueue();

  /** @param folder is made when it does not exist */
  constructor(private readonly folder: string) {}

  /**
   * The models that the folder has. What was not written to its end is removed.
   * @param unusable is called with a folder that cannot be read and is left as it is
   * @throws when the folder itself cannot be used
   */
  load(unusable: (folder: string, reason: string) => void): StoredModel[] {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const found: StoredModel[] = [];
    for (const name of readdirSync(this.folder)) {
      const path = join(this.folder, name);
      try {
        if (name.startsWith(unfinished)) rmSync(path, { recursive: true, force: true });
        else found.push(readStored(path));
      } catch (error) {
        unusable(path, error instanceof Error ? error.message : String(error));
      }
    }
    return found;
  }

  async write(stored: StoredModel, onnx: Uint8Array, golden: string): Promise<void> {
    const place = this.pathOf(stored);
    const files = { [manifest]: JSON.stringify(stored), "model.onnx": onnx, "golden.json": golden };
    const aside = join(this.folder, `${unfinished}${nameOf(stored)}`);
    await this.changes.run(() => placeFolder(aside, place, files));
  }

  async remove(model: Pick<StoredModel, "namespace" | "handle">): Promise<void> {
    await this.changes.run(() => rm(this.pathOf(model), { recursive: true, force: true }));
  }

  /** Bytes of the graph, fewer where it ends before. */
  async read(
    model: Pick<StoredModel, "namespace" | "handle">,
    from: number,
    length: number,
  ): Promise<Uint8Array> {
    const file = await open(join(this.pathOf(model), "model.onnx"), "r");
    try {
      const bytes = new Uint8Array(length);
      let done = 0;
      while (done < length) {
        const { bytesRead } = await file.read(bytes, done, length - done, from + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return bytes.subarray(0, done);
    } finally {
      await file.close();
    }
  }

  pathOf(model: Pick<StoredModel, "namespace" | "handle">): string {
    return join(this.folder, nameOf(model));
  }
}

function nameOf({ namespace, handle }: Pick<StoredModel, "namespace" | "handle">): string {
  return createHash("sha256").update(namespacedKey(namespace, handle)).digest("hex").slice(0, 40);
}

function readStored(path: string): StoredModel {
  const stored = storedModel.parse(JSON.parse(readFileSync(join(path, manifest), "utf8")));
  const { size } = statSync(join(path, "model.onnx"));
  if (size !== stored.onnx.bytes)
    throw new Error(`model.onnx has ${size} bytes, and ${stored.onnx.bytes} were kept`);
  return stored;
}
