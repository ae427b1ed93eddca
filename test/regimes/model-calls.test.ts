/** A detector's own asks of a model count like any client's: whoever reads the metrics sees what a model is asked. */
import { pino } from "pino";
import { expect, it } from "vitest";
import { Catalog } from "../../gateway/catalog/catalog.js";
import { modelCalls } from "../../gateway/regimes/model-calls.js";
import { HeadgateError } from "../../protocol/errors.js";
import { FakeClock } from "../support/clock.js";
import { model, rowsOf } from "../support/servables.js";

function harness(answers: readonly ("answered" | "cached" | HeadgateError)[]) {
  const clock = new FakeClock();
  const counted: unknown[] = [];
  const left = [...answers];
  const servable = model();
  const timing = { queue_ms: 7, compute_ms: 1, batch_size: 1 };
  const asks = modelCalls(
    new Catalog(),
    () => {
      const next = left.shift();
      clock.jump(10);
      const answer =
        next instanceof HeadgateError ? Promise.reject(next) : Promise.resolve({ outputs: {}, timing });
      return { servable, cached: next === "cached", answer };
    },
    pino({ level: "silent" }),
    clock,
    {
      answered: (of, _, queueMs) => counted.push([of.signature.name, "answered", queueMs]),
      refused: (of, error) => counted.push([of.signature.name, (error as HeadgateError).code]),
    },
  );
  return { counted, ask: () => asks.infer("echo", "1", { X: rowsOf(1) }) };
}

it("an answer is counted once, with its wait; one that was known already waited for nothing", async () => {
  const { counted, ask } = harness(["answered", "cached"]);
  await ask();
  await ask();
  expect(counted).toEqual([
    ["echo", "answered", 7],
    ["echo", "answered", 0],
  ]);
});

it("each try that failed is counted for itself", async () => {
  const { counted, ask } = harness([new HeadgateError("unavailable", "the worker died"), "answered"]);
  await ask();
  expect(counted).toEqual([
    ["echo", "unavailable"],
    ["echo", "answered", 7],
  ]);
});

it("a refusal for good is counted and told", async () => {
  const { counted, ask } = harness([new HeadgateError("invalid_argument", "inputs.X: too wide")]);
  await expect(ask()).rejects.toMatchObject({ code: "invalid_argument" });
  expect(counted).toEqual([["echo", "invalid_argument"]]);
});
