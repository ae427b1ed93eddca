/**
 * The writer's program: a thread of its own, for a commit waits for the disk. One message is one
 * transaction; it is answered once it is on the medium, or by why nothing of it is.
 */

import { parentPort, workerData } from "node:worker_threads";
import { type Database, type Key, open } from "lmdb";
import { environmentOptions, unpack, type Write } from "./layout.js";

export interface WriterSetup {
  readonly path: string;
  /** Names of those that are written. */
  readonly databases: readonly string[];
}

export type FromWriter =
  | { readonly kind: "open" | "written" | "closed" }
  | { readonly kind: "failed"; readonly reason: string; readonly code: string | number | undefined };

/** A transaction's writes, packed; null: close. */
export type ToWriter = Uint8Array | null;

if (parentPort !== null) {
  const port = parentPort;
  const say = (message: FromWriter) => port.postMessage(message);
  try {
    const { path, databases } = workerData as WriterSetup;
    const environment = open(environmentOptions(path));
    const stores = new Map<string, Database<Uint8Array, Key>>(
      databases.map((name) => [name, environment.openDB<Uint8Array, Key>({ name, encoding: "binary" })]),
    );
    port.on("message", (message: ToWriter) => {
      if (message === null) {
        void environment.close().then(() => {
          say({ kind: "closed" });
          port.close();
        });
        return;
      }
      try {
        const writes = unpack<readonly Write[]>(message);
        environment.transactionSync(() => {
          for (const write of writes) apply(stores, write);
        });
        say({ kind: "written" });
      } catch (error) {
        say(failure(error));
      }
    });
    say({ kind: "open" });
  } catch (error) {
    say(failure(error));
  }
}

function apply(stores: ReadonlyMap<string, Database<Uint8Array, Key>>, write: Write): void {
  const store = stores.get(write.db);
  if (store === undefined) throw new Error(`no database ${write.db}`);
  if ("value" in write) store.putSync(write.key, Buffer.from(write.value));
  else if (write.end === undefined) store.removeSync(write.key);
  else for (const key of [...store.getKeys({ start: write.key, end: write.end })]) store.removeSync(key);
}

function failure(error: unknown): FromWriter {
  const { message, code } = error as { message?: string; code?: string | number };
  return { kind: "failed", reason: message ?? String(error), code };
}
