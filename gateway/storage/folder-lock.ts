/**
 * Allows one gateway to use a data folder. The lock is a listening socket in the folder: the operating system closes
 * it when its process ends, however that ends, and a second gateway connects to it to learn whether it is alive. It
 * works between containers that share a folder, where process ids mean nothing.
 */
import { closeSync, linkSync, mkdirSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { createConnection, createServer, type Server } from "node:net";
import { join } from "node:path";
import { nanoid } from "nanoid";

export class FolderInUseError extends Error {
  override readonly name = "FolderInUseError";
}

const lockName = "gateway.lock";
const attempts = 5;

export class FolderLock {
  private constructor(
    private readonly server: Server,
    private readonly path: string,
  ) {}

  /** @throws FolderInUseError when another gateway has it; another error when the folder cannot be written */
  static async take(folder: string): Promise<FolderLock> {
    mkdirSync(folder, { recursive: true });
    const path = join(folder, lockName);
    const mine = `${path}-${nanoid(8)}`;
    const server = await listen(folder, mine);
    try {
      for (let attempt = 0; attempt < attempts; attempt++) {
        if (linked(mine, path)) {
          rmSync(mine);
          return new FolderLock(server, path);
        }
        if (await answers(folder, path)) throw inUse(folder);
        await setAside(folder, path);
      }
      throw inUse(folder);
    } catch (error) {
      server.close();
      rmSync(mine, { force: true });
      throw error;
    }
  }

  async release(): Promise<void> {
    rmSync(this.path, { force: true });
    await new Promise((resolve) => this.server.close(resolve));
  }
}

function inUse(folder: string): FolderInUseError {
  return new FolderInUseError(
    `data: another gateway is using the folder ${folder}. Stop it, or give this one a folder of its own (--data).`,
  );
}

/** Removes a socket file that no process listens on; one that is listened on meanwhile is put back. */
async function setAside(folder: string, path: string): Promise<void> {
  const aside = `${path}-${nanoid(8)}`;
  try {
    renameSync(path, aside);
  } catch {
    return; // another process was faster
  }
  if (await answers(folder, aside)) linked(aside, path);
  rmSync(aside, { force: true });
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return statSync(from).ino === statSync(to).ino;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function listen(folder: string, path: string): Promise<Server> {
  return throughFolder(folder, path, (short) => {
    const server = createServer((socket) => socket.destroy());
    return new Promise<Server>((resolve, reject) => {
      server.once("error", reject);
      server.listen(short, () => {
        server.unref();
        resolve(server);
      });
    });
  });
}

function answers(folder: string, path: string): Promise<boolean> {
  return throughFolder(folder, path, (short) => {
    const socket = createConnection(short);
    return new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
    }).finally(() => socket.destroy());
  });
}

/** A socket's path holds at most 107 bytes; on Linux an open folder gives each file in it a short path. */
async function throughFolder<T>(folder: string, path: string, use: (path: string) => Promise<T>): Promise<T> {
  if (process.platform !== "linux" || Buffer.byteLength(path) <= 100) return use(path);
  const open = openSync(folder, "r");
  try {
    return await use(`/proc/self/fd/${open}/${path.slice(folder.length).replace(/^\//, "")}`);
  } finally {
    closeSync(open);
  }
}
