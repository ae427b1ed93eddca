/** Trainings of a whole gateway, whose trainer's processes are of Node: the fit, the kept model, a stop, a restart. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type Gate } from "headgate-client";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { toWire } from "../../protocol/tensor.js";
import { type FakeBehaviour, fakeEnvironment, membersOf } from "../support/fake-trainer/program.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { BareSocket } from "../support/socket.js";
import { until } from "../support/until.js";

const X = { datatype: "FP64", shape: [3, 1], data: Float64Array.of(1, 2, 3) } as const;
const y = { datatype: "FP64", shape: [3], data: Float64Array.of(2, 4, 6) } as const;

const data = mkdtempSync(join(tmpdir(), "headgate-training-"));
/** An empty repository. */
const models = join(data, "models");
mkdirSync(models);
const gateways: TestGateway[] = [];
const gates: Gate[] = [];

async function start(behaviour: FakeBehaviour, overrides: Record<string, unknown> = {}) {
  const own = { trainerEnvironment: fakeEnvironment(behaviour) };
  const gateway = await startGateway({ models, ...overrides }, own);
  gateways.push(gateway);
  const gate = await connect(gateway.url);
  gates.push(gate);
  return { gateway, gate };
}

afterEach(async () => {
  await Promise.all(gates.splice(0).map((gate) => gate.close()));
  await Promise.all(gateways.splice(0).map((gateway) => gateway.stop()));
});

afterAll(() => rmSync(data, { recursive: true, force: true }));

/** The group of the process that fitted. */
const groupOf = (outputs: Readonly<Record<string, { readonly data: unknown }>>) =>
  Number(outputs["pid"]?.data);

describe("a training of a whole gateway", () => {
  it("answers with what was fitted, and the kept model predicts", async () => {
    const { gate } = await start({});
    const {
      outputs,
      handle = "",
      libraries,
      fitMs,
    } = await gate.train("ridge", { X, y }, { keepSeconds: 60 });
    expect(Array.from(outputs["n_bytes"]?.data as Float64Array)).toEqual([48]);
    expect(libraries).toMatchObject({ python: "3.0" });
    expect(fitMs).toBe(1.5);
    // The fake's graph answers with its input.
    const { outputs: answered } = await gate.infer("ridge.apply", { X }, { parameters: { handle } });
    expect(Array.from(answered["predictions"]?.data as Float64Array)).toEqual([1, 2, 3]);
  });

  it("that a stop of the gateway interrupts is answered before its socket closes", async () => {
    const { gateway, gate } = await start({ steps: 100_000, step_ms: 5 }, { drain: { deadline_ms: 100 } });
    // Not by the client, which would send it again to the next gateway.
    const socket = await BareSocket.open(gateway.url, { subprotocol: "headgate.v1.msgpack" });
    const inputs = { X: toWire(X), y: toWire(y) };
    socket.send({ type: "train", id: 7, trainer: "ridge", inputs });
    await until(async () => expect(await gate.jobs({ state: "running" })).toHaveLength(1));
    await gateway.stop();
    await until(async () =>
      expect(socket.frames).toContainEqual(
        expect.objectContaining({ type: "error", id: 7, code: "unavailable" }),
      ),
    );
  });

  it("in the background goes on after a restart, from its checkpoint, in another process", async () => {
    const kept = { data: join(data, "kept"), drain: { deadline_ms: 100 } };
    const first = await start({ steps: 100_000, step_ms: 20 }, kept);
    const { name } = await first.gate.train("ridge", { X, y }, { background: true });
    await until(async () => expect((await first.gate.job(name).state()).share_done).toBeGreaterThan(0));
    await first.gate.close();
    await first.gateway.stop();
    const second = await start({ steps: 3 }, kept);
    const { outputs } = await second.gate.job(name).result();
    expect(await second.gate.job(name).state()).toMatchObject({ state: "done", restarts: 1 });
    expect(membersOf(groupOf(outputs))).not.toEqual([]);
    await second.gateway.stop();
    await until(async () => expect(membersOf(groupOf(outputs))).toEqual([]));
  });

  it("is refused with the command to type where no trainer is installed", async () => {
    const reason = "no trainer is installed: on the gateway's machine, type headgate trainer install";
    const missing = { availability: { kind: "missing", reason }, program: undefined } as const;
    const gateway = await startGateway({ models }, { trainerEnvironment: missing });
    gateways.push(gateway);
    const gate = await connect(gateway.url);
    gates.push(gate);
    await expect(gate.train("ridge", { X, y })).rejects.toMatchObject({
      code: "failed_precondition",
      message: expect.stringContaining("headgate trainer install"),
    });
  });
});
