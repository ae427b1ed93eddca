/** A key outlives the gateway: whoever repeats it after a kill gets the first answer, and nothing is computed. */
import { expect, it, onTestFinished } from "vitest";
import { connect, type InferResult, tensor } from "../../client/typescript/index.js";
import { newDataFolder, startGateway } from "../raw-client/gateway-process.js";
import { repositoryOf } from "../support/repository.js";

const url = (port: number) => `ws://127.0.0.1:${port}/v1`;
const backoff = { firstMs: 10, mostMs: 100 };
const X = (i: number) => ({ X: tensor([[i, -i]]) });

it("gets the first answer after kill -9, whichever were answered by then", async () => {
  const models = await repositoryOf({ echo: {} });
  const data = await newDataFolder();
  let gateway = await startGateway(data, { models });
  onTestFinished(() => gateway.dispose());
  const { port } = gateway;
  const answered = new Map<number, InferResult>();
  for (let kill = 0; kill < 3; kill++) {
    const gate = await connect(url(port), { backoff });
    const enough = new Promise<void>((resolve) => {
      for (let i = kill * 100; i < (kill + 1) * 100; i++)
        gate.infer("echo", X(i), { key: `order-${i}` }).then(
          (result) => {
            answered.set(i, result);
            if (answered.size >= kill * 100 + 20) resolve();
          },
          () => {}, // it was closed before the answer came
        );
    });
    await enough;
    await gateway.kill();
    await gate.close();
    gateway = await startGateway(data, { port, models });
  }
  expect(answered.size).toBeGreaterThanOrEqual(60);
  const gate = await connect(url(port));
  onTestFinished(() => gate.close());
  for (const [i, first] of answered)
    expect(await gate.infer("echo", X(i), { key: `order-${i}` })).toEqual({ ...first, cached: true });
  const other = gate.infer("echo", X(-1), { key: `order-${[...answered.keys()][0]}` });
  await expect(other).rejects.toMatchObject({ code: "failed_precondition", processed: "no" });
  expect(await gate.infer("echo", X(1), { key: "new" })).toMatchObject({ cached: false });
  expect(await gate.infer("echo", X(1))).toMatchObject({ cached: false });
});
