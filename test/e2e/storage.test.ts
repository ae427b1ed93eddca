/** What says that it is on disk is on disk: beside another writer, on a full disk, and in a folder that is taken away. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { connect, type Gate, tensor } from "../../client/typescript/index.js";
import { type GatewayProcess, newDataFolder, startGateway } from "../raw-client/gateway-process.js";
import { echoConfig, repositoryOf } from "../support/repository.js";

async function running(data: string, models: string, under: readonly string[] = []) {
  const gateway = await startGateway(data, { models, under });
  onTestFinished(() => gateway.dispose());
  const gate = await connect(`ws://127.0.0.1:${gateway.port}/v1`, { attemptsMax: 1 });
  onTestFinished(() => gate.close());
  return { gateway, gate };
}

const X = (i: number, rows: number) => ({
  X: tensor(
    Float32Array.from({ length: rows * 2 }, (_, j) => i + j),
    [rows, 2],
  ),
});

/** The keys whose answers came. */
async function askAll(gate: Gate, count: number, rows: number): Promise<number[]> {
  const answered: number[] = [];
  for (let i = 0; i < count; i++) {
    const asked = gate.infer("echo", X(i, rows), { key: `k-${i}` });
    await asked.then(
      () => answered.push(i),
      () => undefined,
    );
  }
  return answered;
}

const wide = { echo: { config: { ...echoConfig("echo"), max_batch_size: 8_192 } } };

async function health({ port }: GatewayProcess) {
  const answer = await fetch(`http://127.0.0.1:${port}/v2/health/ready`);
  return [answer.status, await answer.json()];
}

describe("answers under keys", () => {
  it("are on disk when they are sent, beside a stream that is fed", async () => {
    const [data, models] = [await newDataFolder(), await repositoryOf(wide)];
    const first = await running(data, models);
    const stream = await first.gate.openStream("SPX", { detector: "bocpd" });
    let feeding = true;
    const feed = async () => {
      for (let i = 0; feeding; i++) await stream.observe(1_700_000_000_000 + i * 1_000, [(i % 7) / 10]);
    };
    const fed = feed();
    const answered: number[] = [];
    for (let i = 0; i < 200; i += 10) {
      const asked = Array.from({ length: 10 }, (_, j) => i + j);
      await Promise.all(asked.map((key) => first.gate.infer("echo", X(key, 4), { key: `k-${key}` })));
      answered.push(...asked);
    }
    feeding = false;
    await fed;
    await first.gateway.kill();
    const second = await running(data, models);
    for (const i of answered)
      expect(await second.gate.infer("echo", X(i, 4), { key: `k-${i}` })).toMatchObject({ cached: true });
  });

  it("are refused where the disk is full, and the gateway is not ready; those that came are kept", async () => {
    const [data, models] = [await newDataFolder(), await repositoryOf(wide)];
    const small = ["bash", "-c", 'trap "" XFSZ; ulimit -f 1024; exec "$@"', "small"];
    const first = await running(data, models, small);
    expect(await health(first.gateway)).toEqual([200, { live: true, ready: true }]);
    const answered = await askAll(first.gate, 100, 4_000);
    expect(answered.length).toBeGreaterThan(5);
    expect(answered.length).toBeLessThan(100);
    const refused = Array.from({ length: 100 }, (_, i) => i).find((i) => !answered.includes(i)) as number;
    await expect(first.gate.infer("echo", X(refused, 4_000), { key: `k-${refused}` })).rejects.toMatchObject({
      code: "unavailable",
      processed: "maybe",
    });
    const reason = expect.stringMatching(/^the data folder cannot be written: /);
    expect(await health(first.gateway)).toEqual([503, { live: true, ready: false, reason }]);
    const metrics = await (await fetch(`http://127.0.0.1:${first.gateway.port}/metrics`)).text();
    expect(metrics).toMatch(/headgate_storage_write_failures_total\{file="answers.mdb"\} [1-9]/);
    expect(metrics).toContain('headgate_storage_writable{file="answers.mdb"} 0');
    expect(metrics).toContain('headgate_storage_writable{file="regimes.mdb"} 1');
    await first.gateway.kill();
    const second = await running(data, models);
    for (const i of answered)
      expect(await second.gate.infer("echo", X(i, 4_000), { key: `k-${i}` })).toMatchObject({ cached: true });
  });
});

it("a data folder that is emptied ends the gateway: nothing is acked into it", async () => {
  const [data, models] = [await newDataFolder(), await repositoryOf({})];
  const { gateway, gate } = await running(data, models);
  const stream = await gate.openStream("SPX", { detector: "bocpd" });
  rmSync(join(data, "regimes.mdb"));
  let acked = 0;
  const feeding = stream.observe(1_700_000_000_000, [0.1]).then(() => acked++);
  feeding.catch(() => undefined);
  expect(await gateway.ended).toBe(1);
  expect(acked).toBe(0);
});
