/**
 * The writer thread's program. A commit waits for the disk, so it is not on the socket thread. One message is one
 * transaction; it is answered once it is on the medium, or with the reason why nothing of it is.
 */

import { parentPort, workerData } from "node:worker_threads";
import { type Database, type Key, open, type RootDatabase } from "lmdb";
import { environmentOptions, probeDatabase, type TableWrite, unpack } from "./environment.js";
import { FileIdentity } from "./file-identity.js";

export interface WriterSetup {
  readonly path: string;
  /** Names of the databases that are written. */
  readonly databases: readonly string[];
}

export type WriterReply =
  | { readonly kind: "open" | "written" | "closed" }
  | { readonly kind: "failed"; readonly reason: string; readonly code: string | number | undefined };

/** Milliseconds between two checks whether the file still exists, while nothing is written. */
const lookMs = 1_000;

/** A transaction's writes, packed; null: close. */
export type WriterCommand = Uint8Array | null;

if (parentPort !== null) {
  const port = parentPort;
  const say = (message: WriterReply) => port.postMessage(message);
  try {
    const { path, databases } = workerData as WriterSetup;
    const environment = open<Uint8Array, Key>(environmentOptions(path));
    const stores = new Map(databases.map((name) => [name, storeIn(environment, name)]));
    const identity = new FileIdentity(path);
    const looking = setInterval(() => identity.require(), lookMs);
    looking.unref();
    port.on("message", (message: WriterCommand) => {
      if (message === null) {
        clearInterval(looking);
        void environment.close().then(() => {
          say({ kind: "closed" });
          port.close();
        });
        return;
      }
      try {
        const writes = unpack<readonly TableWrite[]>(message);
        environment.transactionSync(() => {
          for (const write of writes) {
            if (write.db === probeDatabase && !stores.has(probeDatabase))
              stores.set(probeDatabase, storeIn(environment, probeDatabase));
            apply(stores, write);
          }
        });
      } catch (error) {
        return say(failure(error));
      }
      identity.require(); // what was written to a file that was removed or replaced is not kept
      say({ kind: "written" });
    });
    say({ kind: "open" });
  } catch (error) {
    say(failure(error));
  }
}

function storeIn(environment: RootDatabase<Uint8Array, Key>, name: string): Database<Uint8Array, Key> {
  return environment.openDB<Uint8Array, Key>({ name, encoding: "binary" });
}

function apply(stores: ReadonlyMap<string, Database<Uint8Array, Key>>, write: TableWrite): void {
  const store = stores.get(write.db);
  if (store === undefined) throw new Error(`no database ${write.db}`);
  if ("value" in write) store.putSync(write.key, Buffer.from(write.value));
  else if (write.end === undefined) store.removeSync(write.key);
  else for (const key of [...store.getKeys({ start: write.key, end: write.end })]) store.removeSync(key);
}

function failure(error: unknown): WriterReply {
  const { message, code } = error as { message?: string; code?: string | number };
  return { kind: "failed", reason: message ?? String(error), code };
}
