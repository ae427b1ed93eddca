/** Workers that die, clients that go. */
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { connect, tensor } from "../../client/typescript/index.js";
import type { LocalWorker } from "../../engines/pool/local-engine.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { slowInfer, slowModel, slowParameters, slowSamples } from "../support/slow-fit.js";
import { BareSocket } from "../support/socket.js";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

const X = tensor(new Float32Array(16), [1, 16]);
const small = tensor([[1], [2], [3]], "FP64");

function worker(lane: "models" | "numerics"): LocalWorker {
  const found = gateway.gateway.engine.workers.find((each) => each.lane.name === lane);
  if (found === undefined) throw new Error(`no worker for ${lane}`);
  return found;
}

/** It holds a request now. */
const busy = (of: LocalWorker) => vi.waitFor(() => expect(of.room).toBe(0), { interval: 2, timeout: 10_000 });
/** It has come back. */
const idle = (of: LocalWorker) =>
  vi.waitFor(() => expect(of.room).toBeGreaterThan(0), { interval: 5, timeout: 10_000 });
const metrics = async () => (await fetch(`${gateway.http}/metrics`)).text();

it("a worker killed with a request in it: unavailable, maybe; it comes back and answers", async () => {
  const socket = await BareSocket.open(gateway.url);
  socket.send(slowInfer(1));
  await busy(worker("numerics"));
  await worker("numerics").kill();
  expect(await socket.answer(1)).toMatchObject({
    type: "error",
    code: "unavailable",
    processed: "maybe",
    retryable: true,
  });
  const gate = await connect(gateway.url);
  expect((await gate.infer("standard_scaler", { X: small })).outputs["mean"]).toEqual(tensor([2], "FP64"));
  expect(await metrics()).toContain('headgate_worker_deaths_total{lane="numerics"} 1');
  await gate.close();
  await socket.close();
});

it("a worker of models comes back with its models, and what waited is answered", async () => {
  const gate = await connect(gateway.url);
  const before = await gate.infer("market-impact", { X });
  const killed = worker("models").kill();
  const asked = gate.infer("market-impact", { X }, { key: "once-1" }); // may be in it: the key makes it safe
  await killed;
  expect((await asked).outputs).toEqual(before.outputs);
  await idle(worker("models"));
  expect(
    (await gate.infer("signal-random-forest", { X: tensor(new Float32Array(12), [1, 12]) })).version,
  ).toBe("1");
  await gate.close();
});

it("the client tries again by itself under a key when a worker died", async () => {
  const gate = await connect(gateway.url);
  await idle(worker("numerics"));
  const finite = { ...slowParameters, n_iter: 3_000 };
  const asked = gate.infer(slowModel, { X: slowSamples() }, { parameters: finite, key: "fit-1" });
  await busy(worker("numerics"));
  await worker("numerics").kill();
  expect((await asked).outputs).toHaveProperty("means");
  await gate.close();
});

it("a client that is gone takes its requests with it: nobody waits behind them", async () => {
  const socket = await BareSocket.open(gateway.url);
  await idle(worker("numerics"));
  socket.send(...Array.from({ length: 20 }, (_, i) => slowInfer(i + 1)));
  socket.send({ type: "describe", id: 99 });
  await socket.answer(99);
  await busy(worker("numerics"));
  socket.socket.terminate();
  const gate = await connect(gateway.url);
  await gate.infer("standard_scaler", { X: small }); // each of the others would have taken for ever
  const text = await metrics();
  expect(text).toContain('headgate_inference_pending_request_count{model="gaussian_hmm",version="1"} 0');
  expect(text).toMatch(/request_failure\{model="gaussian_hmm",version="1",reason="CANCELED"\} (2\d)/);
  await gate.close();
});

it("a keyed request goes on for the connection that came back for it", async () => {
  const finite = { ...slowParameters, n_iter: 3_000 };
  const first = await BareSocket.open(gateway.url);
  first.send(slowInfer(1, { key: "fit-2", parameters: finite }));
  await busy(worker("numerics"));
  const second = await BareSocket.open(gateway.url);
  second.send(slowInfer(5, { key: "fit-2", parameters: finite }), { type: "describe", id: 6 });
  await second.answer(6);
  first.socket.terminate();
  expect(await second.answer(5)).toMatchObject({ type: "result", cached: true });
  await second.close();
});
