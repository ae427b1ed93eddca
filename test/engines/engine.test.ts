/** The port `Engine`: threads of this process, and the workers that tests of the scheduler are given. */
import { join } from "node:path";
import { afterEach } from "vitest";
import { fitLane } from "../../engines/numerics/lane.js";
import { modelLane } from "../../engines/onnx/lane.js";
import { modelConfigSchema } from "../../engines/onnx/model-config.js";
import { sourceOf } from "../../engines/onnx/model-source.js";
import { LocalEngine } from "../../engines/pool/local-engine.js";
import { HeadgateError } from "../../protocol/errors.js";
import { engineConformance } from "../conformance/engine.js";
import { ScriptedEngine } from "../support/engine.js";
import { fitPool, modelPool } from "../support/pools.js";
import { echoConfig, repositoryOf } from "../support/repository.js";

const open: LocalEngine[] = [];
afterEach(() => Promise.all(open.splice(0).map((engine) => engine.close())));

engineConformance("pools of threads", async () => {
  let heard: () => void = () => {};
  const models = modelPool(1, 1, { idle: () => heard() });
  const engine = new LocalEngine([models, fitPool(0)]);
  open.push(engine);
  const folder = await repositoryOf({ echo: {} });
  const file = (name: string) => join(folder, "echo", "1", name);
  const source = sourceOf(
    modelConfigSchema.parse(echoConfig("echo")),
    {
      version: 1,
      path: file(""),
      linkedFolders: [],
      modelPath: file("model.onnx"),
      goldenPath: file("golden.json"),
      settingsDigest: "",
      bytes: 1_000,
      stamp: "",
    },
    null,
  );
  await models.load("echo@1", source, 1);
  return {
    engine,
    lane: modelLane,
    key: "echo@1",
    idle: () =>
      new Promise((resolve) => {
        heard = resolve;
      }),
    compute: () => {},
    lose: (run) => {
      void engine.workers[0]?.kill(); // it takes no message any more
      return run();
    },
  };
});

for (const lane of [modelLane, fitLane])
  engineConformance(`scripted workers, in the lane of ${lane.name}`, async () => {
    const engine = new ScriptedEngine(lane.depth);
    return {
      engine,
      lane,
      key: "echo@1",
      idle: () =>
        new Promise((resolve) => {
          engine.idle = resolve;
        }),
      compute: () => engine.finishAll(),
      lose: (begin) => {
        const begun = begin();
        const lost = new HeadgateError("unavailable", "the worker died", { processed: "maybe" });
        for (const run of [...engine.open]) run.fail(lost);
        return begun;
      },
    };
  });
