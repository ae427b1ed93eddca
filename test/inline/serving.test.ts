/** Small models that are computed on the thread of the sockets, over a socket: what clients and operators are told. */
import { afterEach, describe, expect, it } from "vitest";
import { connect, type Gate, tensor } from "../../client/typescript/index.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { echoConfig, echoModel, negated, repositoryOf } from "../support/repository.js";
import { until } from "../support/until.js";

const running: { gateway: TestGateway; gate: Gate }[] = [];
afterEach(async () => {
  for (const { gateway, gate } of running.splice(0)) {
    await gate.close();
    await gateway.stop();
  }
});

/** Long runs: how busy this machine is must not decide. */
const patient = { model_workers: 1, numeric_workers: 1, inline_microseconds: 1_000 };

async function serve(overrides: object = {}, config: object = {}) {
  const models = await repositoryOf({
    echo: { config: { ...echoConfig("echo"), ...config } },
    other: negated,
  });
  const repository = { poll_ms: 50, settle_ms: 60 };
  const gateway = await startGateway({ models, repository, engine: patient, ...overrides });
  const gate = await connect(gateway.url);
  running.push({ gateway, gate });
  const told = async (model = "echo", version = "1") =>
    (await gate.describe()).models.find((each) => each.name === model && each.version === version)?.[
      "inline"
    ];
  const asked = async (model = "echo", value = 1) => {
    const url = `${gateway.http}/v2/models/${model}/infer`;
    const X = { name: "X", datatype: "FP32", shape: [1, 2], data: [value, -value] };
    const answer = await fetch(url, { method: "POST", body: JSON.stringify({ inputs: [X] }) });
    return (await answer.json()) as {
      parameters: { inline?: true };
      outputs: { data: number[] }[];
    };
  };
  const metric = async (name: string) => {
    const text = await (await fetch(`${gateway.http}/metrics`)).text();
    return Number(new RegExp(`^${name}\\{model="echo",version="1"\\} (\\S+)$`, "m").exec(text)?.[1] ?? 0);
  };
  return { gateway, gate, told, asked, metric };
}

describe("a small model of the repository", () => {
  it("is computed on the thread of the sockets, which describe, the metrics and each answer tell", async () => {
    const { told, asked, metric } = await serve();
    expect(await told()).toEqual({ rows: 8 });
    const { parameters, outputs } = await asked("echo", 3);
    expect(parameters.inline).toBe(true);
    expect(outputs[0]?.data).toEqual([3, -3]);
    expect(await metric("headgate_inference_inline_count")).toBe(1);
    expect(await metric("headgate_inference_exec_count")).toBe(1);
  });

  it("is a worker's where its config says so, where the gateway's does, and where its time is a worker's", async () => {
    const own = await serve({}, { inline: false });
    expect(await own.told()).toEqual({ rows: 0, reason: "its config.json says so (inline)" });
    const none = await serve({ engine: { ...patient, inline_microseconds: 0 } });
    expect(await none.told()).toEqual({ rows: 0, reason: "engine.inline_microseconds is 0" });
    const several = await serve({ engine: { ...patient, intra_op_threads: 2 } });
    expect(await several.told()).toMatchObject({ rows: 0, reason: expect.stringContaining("2 threads") });
    for (const { asked, metric } of [own, none, several]) {
      const { parameters, outputs } = await asked();
      expect([parameters.inline, outputs[0]?.data]).toEqual([undefined, [1, -1]]);
      expect(await metric("headgate_inference_inline_count")).toBe(0);
    }
  });

  it("answers hundreds of requests of many tenants' sockets with the rows of each", async () => {
    const { gateway, gate } = await serve();
    const gates = await Promise.all([0, 1, 2].map(() => connect(gateway.url)));
    const values = Array.from({ length: 300 }, (_, i) => i);
    const answers = await Promise.all(
      values.map((value) =>
        (gates[value % 3] ?? gate).infer(value % 2 ? "echo" : "other", { X: tensor([[value, 0.5]]) }),
      ),
    );
    for (const [value, { outputs }] of answers.entries())
      expect([...((outputs["Y"]?.data ?? []) as Float32Array)]).toEqual(
        value % 2 ? [value, 0.5] : [-value, -0.5],
      );
    await Promise.all(gates.map((each) => each.close()));
  });
});

describe("a model that a client has published", () => {
  const published = async (overrides: object = {}) => {
    const served = await serve(overrides);
    await served.gate.upload("uploaded", echoModel);
    await until(async () => expect(await served.told("uploaded")).toBeDefined());
    return served;
  };

  it("is a worker's: nobody but its tenant vouches for it", async () => {
    const { told, asked } = await published();
    expect(await told("uploaded")).toEqual({
      rows: 0,
      reason: "a client has published it (engine.inline_published)",
    });
    expect((await asked("uploaded")).parameters.inline).toBeUndefined();
  });

  it("is computed beside the sockets where the operator permits it", async () => {
    const { told } = await published({ engine: { ...patient, inline_published: true } });
    expect(await told("uploaded")).toEqual({ rows: 256 });
  });
});
