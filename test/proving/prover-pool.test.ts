/** Real proving processes, and models that only such a one survives, or does not. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { getPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import type { ModelSource } from "../../engines/onnx/model-source.js";
import { sourceOf } from "../../engines/onnx/model-source.js";
import { ProverPool } from "../../engines/onnx/proving/prover-pool.js";
import { RepositoryReader } from "../../engines/onnx/repository.js";
import { builtProver } from "../support/gateway.js";
import { endless, greedy, modest } from "../support/hostile-models.js";
import { type ModelFiles, repositoryOf } from "../support/repository.js";
import { until } from "../support/until.js";

const mebibyte = 1_048_576;
let provers: ProverPool;
afterEach(() => provers.close());

function start(options: { ms?: number; memoryBytes?: number; program?: URL; atOnce?: number } = {}): void {
  provers = new ProverPool({
    program: builtProver,
    atOnce: 1,
    ms: 30_000,
    memoryBytes: 512 * mebibyte,
    ...options,
  });
}

async function sourcesOf(models: Readonly<Record<string, ModelFiles>>): Promise<ModelSource[]> {
  const folders = await new RepositoryReader(await repositoryOf(models)).read();
  return folders.flatMap(({ config, versions }) =>
    versions.map((version) => {
      if ("reason" in config) throw new Error(config.reason);
      return sourceOf(config, version, ["cpu"]);
    }),
  );
}

const prove = (source: ModelSource | undefined, signal?: AbortSignal) =>
  provers.ask({ kind: "prove", source: source as ModelSource, intraOpThreads: 1 }, { nice: 0, signal });

/** Whether a process runs still. */
function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("a process that was prepared", () => {
  it("runs the task that was expected, at the niceness that was asked", async () => {
    start();
    provers.prepare(0);
    provers.prepare(0);
    const { pids } = provers;
    expect(pids).toHaveLength(1);
    const [source] = await sourcesOf({ modest: modest("modest") });
    await prove(source);
    expect(provers.pids).toEqual(pids);
    provers.prepare(4);
    const [, other] = provers.pids;
    await until(async () => expect(getPriority(other as number)).toBe(4));
    expect(getPriority(pids[0] as number)).toBe(0);
  });

  it("and was killed before its task is replaced", async () => {
    start();
    provers.prepare(0);
    const [pid] = provers.pids;
    process.kill(pid as number, "SIGKILL");
    await until(async () => expect(provers.pids).toEqual([]));
    const [source] = await sourcesOf({ modest: modest("modest") });
    expect(await prove(source)).toMatchObject({ backend: "onnxruntime-cpu" });
  });
});

describe("a golden run without an end", () => {
  it("is ended with its process when its time is over, and says what to do", async () => {
    start({ ms: 1_500 });
    const [source] = await sourcesOf({ endless: endless("endless") });
    const failed = expect(prove(source)).rejects.toMatchObject({
      kind: "time",
      message: expect.stringMatching(/not proven within 1500 ms.*raise repository\.proof_ms/),
    });
    await until(async () => expect(provers.pids).toHaveLength(1));
    const [pid] = provers.pids;
    await failed;
    await until(async () => expect(alive(pid as number)).toBe(false));
  });

  it("does not keep the others waiting, though they are proven one at a time", async () => {
    start();
    const [first, second] = await sourcesOf({ endless: endless("endless"), modest: modest("modest") });
    const stuck = expect(prove(first)).rejects.toMatchObject({ kind: "cancelled" });
    expect(await prove(second)).toMatchObject({ backend: "onnxruntime-cpu" });
    provers.close();
    await stuck;
  });

  it("ends when nobody wants to know any more", async () => {
    start();
    const [source] = await sourcesOf({ endless: endless("endless") });
    const wanted = new AbortController();
    const failed = expect(prove(source, wanted.signal)).rejects.toMatchObject({ kind: "cancelled" });
    await until(async () => expect(provers.pids).toHaveLength(1));
    wanted.abort();
    await failed;
    expect(provers.pids).toEqual([]);
  });

  it("does not outlive the process that asked for it, killed by SIGKILL", async () => {
    start();
    const [source] = await sourcesOf({ endless: endless("endless") });
    const folder = await mkdtemp(join(tmpdir(), "headgate-prover-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const program = join(folder, "asks.mjs");
    await writeFile(
      program,
      `import { ProverPool } from ${JSON.stringify(new URL("prover-pool.js", builtProver).href)};
       const provers = new ProverPool({ atOnce: 1, ms: 60000, memoryBytes: 1e9 });
       provers.ask({ kind: "prove", source: ${JSON.stringify(source)}, intraOpThreads: 1 }, { nice: 0 }).catch(() => {});
       setTimeout(() => console.log(provers.pids[0]), 1500);`,
    );
    const asking = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"] });
    const [printed] = (await once(asking.stdout, "data")) as [Buffer];
    const pid = Number(printed.toString());
    expect(alive(pid)).toBe(true);
    asking.kill("SIGKILL");
    await until(async () => expect(alive(pid)).toBe(false));
  });
});

describe("memory", () => {
  it("is bounded: a version that takes more is refused, and the next one is proven", async () => {
    start({ memoryBytes: 128 * mebibyte });
    const [first, second] = await sourcesOf({ greedy: greedy("greedy", 200e6), modest: modest("modest") });
    await expect(prove(first)).rejects.toMatchObject({
      kind: "memory",
      message: expect.stringMatching(
        /may take 134217728: set max_batch_size lower, or raise repository\.proof_memory_bytes/,
      ),
    });
    expect(await prove(second)).toMatchObject({ backend: "onnxruntime-cpu" });
  });

  it("that no machine has is refused before it is taken", async () => {
    start({ memoryBytes: 128 * mebibyte });
    const [source] = await sourcesOf({ greedy: greedy("greedy", 12e9) });
    await expect(prove(source)).rejects.toMatchObject({
      kind: "refused",
      message: expect.stringMatching(
        /model\.onnx: one of its nodes would allocate \d+ bytes at once, .*raise repository\.proof_memory_bytes/,
      ),
    });
  });

  it("is measured within a factor of two of what a run surely takes, whatever was proven before it", async () => {
    start({ memoryBytes: 1_024 * mebibyte });
    const sources = await sourcesOf({
      a: greedy("a", 25e6),
      b: modest("b"),
      c: greedy("c", 12e6),
      d: modest("d"),
    });
    const taken: number[] = [];
    for (const source of sources) taken.push((await prove(source)).memory.resident / mebibyte);
    const [a = 0, b = 0, c = 0, d = 0] = taken;
    expect(a).toBeGreaterThan(95); // 25e6 floats are 95 MiB
    expect(a).toBeLessThan(190);
    expect(c).toBeGreaterThan(45);
    expect(c).toBeLessThan(92);
    expect(Math.max(b, d)).toBeLessThan(8);
  });
});

it("native code that ends its process is a version that failed, told with the signal", async () => {
  const folder = await mkdtemp(join(tmpdir(), "headgate-prover-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const program = join(folder, "crashes.mjs");
  await writeFile(
    program,
    `process.on("message", () => { console.error("free(): invalid pointer"); process.kill(process.pid, "SIGSEGV"); });`,
  );
  start({ program: pathToFileURL(program) });
  const [source] = await sourcesOf({ modest: modest("modest") });
  for (let i = 0; i < 2; i++)
    await expect(prove(source)).rejects.toMatchObject({
      kind: "crash",
      message: "the process that proved it ended (SIGSEGV): free(): invalid pointer",
    });
});
