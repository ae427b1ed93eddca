import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { pack, unpack } from "../../gateway/storage/lmdb/environment.js";
import { WriterHandle } from "../../gateway/storage/lmdb/writer-handle.js";

/** A writer that says it is open, and does this with a message. */
async function writing(then: string) {
  const file = join(await mkdtemp(join(tmpdir(), "headgate-writer-")), "writer.mjs");
  await writeFile(
    file,
    `import { parentPort as port } from "node:worker_threads";
     port.on("message", (message) => { ${then} });
     port.postMessage({ kind: "open" });`,
  );
  const ended: Error[] = [];
  const setup = { path: "regimes.mdb", databases: [] };
  const writer = await WriterHandle.start(pathToFileURL(file), setup, (error) => ended.push(error));
  return { writer, ended };
}

it("a writer that ends in a transaction is told, once: what is on the disk is not known", async () => {
  const { writer, ended } = await writing("process.exit(3)");
  const said = "the thread that writes regimes.mdb has ended (code 3)";
  await expect(writer.write([])).rejects.toThrow(said);
  expect(ended.map(({ message }) => message)).toEqual([said]);
  await expect(writer.write([])).rejects.toThrow(said);
  expect(ended).toHaveLength(1);
});

it("one that is closed has done nothing wrong", async () => {
  const { writer, ended } = await writing('port.postMessage({ kind: "closed" }); port.close();');
  await writer.close();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(ended).toEqual([]);
});

it("one that could not be written is not ended: nothing of it was kept", async () => {
  const { writer, ended } = await writing(
    'port.postMessage(message === null ? { kind: "closed" } : { kind: "failed", reason: "disk full" });',
  );
  await expect(writer.write([])).rejects.toThrow("disk full");
  expect(ended).toEqual([]);
  await writer.close();
});

it("a record that was packed before another writer's commit holds its bytes after it", async () => {
  const { writer } = await writing('port.postMessage({ kind: message === null ? "closed" : "written" });');
  const packed = Array.from({ length: 50 }, (_, i) => pack({ record: i, text: "x".repeat(i) }));
  for (let i = 0; i < 3; i++) {
    const written = writer.write([{ db: "events", key: i, value: pack({ other: i }) }]);
    packed.push(pack({ record: packed.length, text: "after" }));
    await written;
  }
  for (const [i, bytes] of packed.entries()) expect(unpack(bytes)).toMatchObject({ record: i });
  await writer.close();
});
