/** No error and no description that a client gets names a folder of the server. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { startGateway } from "../support/gateway.js";
import { keptLog } from "../support/kept-log.js";
import { echoConfig, repositoryOf } from "../support/repository.js";
import { rowsOf } from "../support/servables.js";
import { BareSocket } from "../support/socket.js";
import { until } from "../support/until.js";

it("whatever is wrong with a model", async () => {
  const models = await repositoryOf({
    sound: {},
    "no-graph": { model: new Uint8Array([1, 2, 3]) },
    "no-golden": { golden: null },
    "golden-cut": { golden: "{" },
    "golden-odd": { golden: { inputs: {} } },
    "config-cut": { config: "{" },
    "config-odd": { config: { ...echoConfig("config-odd"), max_batch_size: "many" } },
    "other-name": { config: echoConfig("somebody-else") },
    "other-shape": {
      config: { ...echoConfig("other-shape"), input: [{ name: "X", datatype: "FP64", dims: [3] }] },
    },
    "no-model": { model: null },
    lazy: { config: { ...echoConfig("lazy"), load: "first_use" }, model: new Uint8Array([8, 9]) },
  });
  await writeFile(join(models, "stray.txt"), "");
  const lines: Record<string, unknown>[] = [];
  const gateway = await startGateway({ models }, { log: keptLog(lines) });
  onTestFinished(() => gateway.stop());
  const socket = await BareSocket.open(gateway.url);
  const names = ["no-graph", "no-golden", "golden-cut", "golden-odd", "config-cut", "config-odd"];
  names.push("other-name", "other-shape", "no-model", "lazy");
  socket.send({ type: "describe", id: 0 });
  const told = [await socket.answer(0)];
  for (const [at, model] of names.entries()) {
    socket.send({ type: "infer", id: at + 1, model, inputs: { X: rowsOf(0.5, 1, 2) } });
    const answer = await socket.answer(at + 1);
    expect(answer, model).toMatchObject({ type: "error" });
    told.push(answer);
  }
  for (const answer of told) {
    const text = JSON.stringify(answer);
    expect(text).not.toContain(models);
    expect(
      text.match(/[^"\\]*\/(tmp|home|work|usr|onnxruntime_src|node_modules)\/[^"]*/)?.[0],
    ).toBeUndefined();
  }
  expect(JSON.stringify(told[0])).toContain("no-graph/1/model.onnx"); // the path within the repository is kept
  expect(JSON.stringify(lines)).toContain(join(models, "no-graph/1/model.onnx")); // the log has the whole path
});

it("nor what the gateway runs on", async () => {
  const gateway = await startGateway();
  onTestFinished(() => gateway.stop());
  await until(async () => {
    const socket = await BareSocket.open(gateway.url);
    socket.send({ type: "describe", id: 1, model: "pca" });
    const answer = await socket.answer(1);
    await socket.close();
    expect(answer).toMatchObject({ kernels: { machine: expect.stringMatching(/^[0-9a-f]{16}$/) } });
  });
});
