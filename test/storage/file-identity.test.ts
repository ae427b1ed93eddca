/** A file that is taken away under the writer: nothing that it writes there is kept, and it says so by ending. */
import { copyFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pack } from "../../gateway/storage/lmdb/environment.js";
import { WriterHandle } from "../../gateway/storage/lmdb/writer-handle.js";
import { builtPrograms } from "../support/gateway.js";
import { newFolder } from "../support/lmdb.js";
import { until } from "../support/until.js";

async function writing() {
  const path = join(await newFolder(), "regimes.mdb");
  const ended: string[] = [];
  const setup = { path, databases: ["events"] };
  const writer = await WriterHandle.start(builtPrograms.writer, setup, ({ message }) => ended.push(message));
  const write = () => writer.write([{ db: "events", key: 1, value: pack({ a: 1 }) }]);
  await write();
  return { path, ended, write };
}

describe("a file that the gateway has open", () => {
  it.each<[string, (path: string) => void, RegExp]>([
    ["removed", (path) => rmSync(path), /was removed while the gateway ran/],
    [
      "replaced by a copy of itself",
      (path) => {
        copyFileSync(path, `${path}.copy`);
        renameSync(`${path}.copy`, path);
      },
      /was replaced while the gateway ran/,
    ],
  ])("and that is %s takes no more: the write is not acked, and the writer ends", async (_, take, why) => {
    const { path, ended, write } = await writing();
    take(path);
    await expect(write()).rejects.toThrow(why);
    expect(ended).toEqual([expect.stringMatching(why)]);
    await expect(write()).rejects.toThrow(why);
  });

  it("is missed without a write, too", async () => {
    const { path, ended } = await writing();
    rmSync(path);
    const told = expect.stringContaining("what was acked before is in the file that was taken away");
    await until(async () => expect(ended).toEqual([told]));
  });
});
