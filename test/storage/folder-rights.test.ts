/** What tenants asked lies in a folder that nobody else on the machine can read. */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { connect, tensor } from "../../client/typescript/index.js";
import { makeFilesPrivate, makePrivate } from "../../gateway/storage/folder-rights.js";
import { startGateway } from "../raw-client/gateway-process.js";
import { keysFileOf, newKey } from "../support/keys.js";
import { repositoryOf } from "../support/repository.js";

function somewhere(): string {
  const folder = mkdtempSync(join(tmpdir(), "headgate-rights-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const isOpenToOthers = (path: string) => (statSync(path).mode & 0o077) !== 0;
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

function given(names: readonly string[], mode: number): string {
  const folder = join(somewhere(), "data");
  mkdirSync(folder);
  for (const name of names) writeFileSync(join(folder, name), "", { mode: 0o666 });
  chmodSync(folder, mode);
  return folder;
}

describe.skipIf(process.platform === "win32")("the data folder", () => {
  it("is made for this user alone, with the folders above it", () => {
    const folder = join(somewhere(), "a", "data");
    expect(makePrivate(folder)).toEqual([]);
    expect(modeOf(folder)).toBe("700");
  });

  it("that was made before and is open to others is tightened, and its files", () => {
    const folder = given(
      ["regimes.mdb", "regimes.mdb-lock", "answers.mdb", "jobs.mdb", "calibration.json"],
      0o755,
    );
    expect([...makePrivate(folder), ...makeFilesPrivate(folder)]).toEqual([]);
    expect(modeOf(folder)).toBe("700");
    expect(new Set(readdirSync(folder).map((name) => modeOf(join(folder, name))))).toEqual(new Set(["600"]));
  });

  it("that a gateway left open with the folders of its datasets and models is tightened", () => {
    const folder = given(["regimes.mdb"], 0o755);
    for (const name of ["datasets", "kept-models", "published"])
      mkdirSync(join(folder, name), { mode: 0o700 });
    expect(makePrivate(folder)).toEqual([]);
    expect(modeOf(folder)).toBe("700");
  });

  it("that holds what is not a gateway's is left as it is, and warned of", () => {
    const folder = given(["regimes.mdb", "letters.txt"], 0o755);
    expect(makePrivate(folder)).toEqual([
      `data: ${folder} is open to other users (mode 755) and holds letters.txt, which is no gateway's. ` +
        "Run chmod 700 on it, or give the gateway a folder of its own (--data).",
    ]);
    expect(makeFilesPrivate(folder)).toEqual([]);
    expect(modeOf(folder)).toBe("755");
    expect(modeOf(join(folder, "regimes.mdb"))).toBe("600");
  });

  it("of a gateway that keeps streams, answers, proofs and keys has no file that others read, nor a token", async () => {
    const [folder, models] = [given([], 0o755), await repositoryOf({ echo: {} })];
    const { record, token } = newKey();
    const config = join(somewhere(), "gateway.json");
    writeFileSync(config, JSON.stringify({ auth: { keys_file: keysFileOf([record]) } }));
    const under = ["bash", "-c", 'umask 022; exec "$@"', "usual"];
    const gateway = await startGateway(folder, { models, config, under });
    onTestFinished(() => gateway.dispose());
    const gate = await connect(`ws://127.0.0.1:${gateway.port}/v1`, { token });
    await gate.infer("echo", { X: tensor([[1, 2]]) }, { key: "order-1" });
    const stream = await gate.openStream("btc", { detector: "bocpd" });
    await stream.observe(Date.now(), [0.1]);
    await gate.close();
    expect(await gateway.drain()).toBe(0);
    const files = readdirSync(folder);
    const wanted = ["regimes.mdb", "answers.mdb", "proofs.json", "calibration.json", "key-use.json"];
    expect(files).toEqual(expect.arrayContaining(wanted));
    expect([folder, ...files.map((name) => join(folder, name))].filter(isOpenToOthers)).toEqual([]);
    const secret = token.replace(/^hg_[^_]*_/, "");
    const plain = files.filter((name) => statSync(join(folder, name)).isFile());
    expect(plain.filter((name) => readFileSync(join(folder, name)).includes(secret))).toEqual([]);
  });

  it("of a gateway that runs is private under the loosest umask", async () => {
    const [folder, models] = [join(somewhere(), "data"), await repositoryOf({})];
    const loose = ["bash", "-c", 'umask 000; exec "$@"', "loose"];
    const gateway = await startGateway(folder, { models, under: loose });
    onTestFinished(() => gateway.dispose());
    expect(modeOf(folder)).toBe("700");
    const files = readdirSync(folder);
    expect(files).toEqual(expect.arrayContaining(["regimes.mdb", "answers.mdb", "jobs.mdb", "gateway.lock"]));
    const modes = new Map(files.map((name) => [name, modeOf(join(folder, name))]));
    for (const name of ["datasets", "kept-models", "published"]) {
      expect(modes.get(name)).toBe("700");
      modes.delete(name);
    }
    expect(new Set(modes.values())).toEqual(new Set(["600"]));
  });
});
