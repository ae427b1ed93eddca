/** The port `Engine`: threads of this process, and the workers that tests of the scheduler are given. */
import { join } from "node:path";
import { afterEach } from "vitest";
import { fitLane } from "../../engines/numerics/lane.js";
import { openInline } from "../../engines/onnx/inline/inline-session.js";
import { nativeBinding } from "../../engines/onnx/inline/native-binding.js";
import { modelLane } from "../../engines/onnx/lane.js";
import { modelConfigSchema } from "../../engines/onnx/model-config.js";
import { sourceOf } from "../../engines/onnx/model-source.js";
import { InlineEngine } from "../../engines/pool/inline-engine.js";
import { LocalEngine } from "../../engines/pool/local-engine.js";
import { HeadgateError } from "../../protocol/errors.js";
import { engineConformance } from "../conformance/engine.js";
import { ScriptedEngine } from "../support/engine.js";
import { fitPool, modelPool } from "../support/pools.js";
import { echoConfig, repositoryOf } from "../support/repository.js";

const open: { close(): Promise<void> }[] = [];
afterEach(() => Promise.all(open.splice(0).map((engine) => engine.close())));

engineConformance("pools of threads", async () => {
  const { engine, idle } = await threads();
  return {
    engine,
    lane: modelLane,
    key: "echo@1",
    idle,
    compute: () => {},
    lose: (run) => {
      void engine.workers[0]?.kill(); // it takes no message any more
      return run();
    },
  };
});

const bindings = [
  { name: "ONNX Runtime's native part", binding: nativeBinding() },
  { name: "ONNX Runtime's public interface", binding: undefined },
];

for (const { name, binding } of bindings)
  engineConformance(`the thread of the sockets before threads, by ${name}`, async () => {
    const { engine: workers, idle, source } = await threads();
    const inline = new InlineEngine(workers, { runMs: 1_000, turnMs: 1_000 }, now, () => {});
    inline.open("echo@1", await openInline(source, binding), [{ rows: 8, ms: 0.01 }]);
    open.push({ close: async () => inline.closeAll() });
    return {
      engine: inline,
      lane: modelLane,
      key: "echo@1",
      room: modelLane.depth + 1,
      idle,
      compute: () => {},
      lose: (run) => {
        inline.close("echo@1"); // between the choice of the worker and the run
        return run();
      },
    };
  });

const now = () => performance.now();

/** A pool of one thread that has opened a model. */
async function threads() {
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
  const idle = () =>
    new Promise<void>((resolve) => {
      heard = resolve;
    });
  return { engine, source, idle };
}

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
