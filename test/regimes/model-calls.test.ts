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
  const catalog = new Catalog();
  catalog.set(servable, { kind: "ready" });
  const asks = modelCalls(
    catalog,
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

it("a version that has expired is refused to a detector as to any client, and is not tried again", async () => {
  const clock = new FakeClock();
  const catalog = new Catalog(clock);
  catalog.set({ ...model(), expiresTs: clock.wall() + 5 }, { kind: "ready" });
  const started: unknown[] = [];
  const asks = modelCalls(
    catalog,
    (request) => {
      started.push(request);
      throw new HeadgateError("internal", "started");
    },
    pino({ level: "silent" }),
    clock,
    { answered: () => {}, refused: () => {} },
  );
  expect(asks.find("echo", undefined).signature.version).toBe("1");
  clock.jump(5);
  await expect(asks.infer("echo", undefined, { X: rowsOf(1) })).rejects.toMatchObject({
    code: "failed_precondition",
    retryable: false,
    message: expect.stringContaining("it expired at"),
  });
  expect(started).toEqual([]);
});

it("a refusal for good is counted and told", async () => {
  const { counted, ask } = harness([new HeadgateError("invalid_argument", "inputs.X: too wide")]);
  await expect(ask()).rejects.toMatchObject({ code: "invalid_argument" });
  expect(counted).toEqual([["echo", "invalid_argument"]]);
});

it("a call is of the payer's tenant, weight, priority and account; the version is the same whoever pays", async () => {
  const servables = ["1", "2"].map((version) => {
    const echo = model({ priorityLevels: 4, defaultPriority: 1 });
    return { ...echo, signature: { ...echo.signature, version } };
  });
  const catalog = new Catalog();
  for (const servable of servables) catalog.set(servable, { kind: "ready" });
  catalog.route("echo", { weights: { "1": 0.5, "2": 0.5 } });
  const routed = catalog.resolve("echo", undefined, "headgate").signature.version;
  const calls: unknown[] = [];
  const account = { priority: () => 3, computed: () => {} };
  for (const tenant of [undefined, ...Array.from({ length: 20 }, (_, i) => `desk-${i}`)]) {
    const client = modelCalls(
      catalog,
      ({ version, priority }, { tenant: charged, weight, namespace }, meter) => {
        calls.push({ version, priority, charged, weight, namespace, metered: meter === account });
        const timing = { queue_ms: 0, compute_ms: 1, batch_size: 1 };
        return { servable: model(), cached: false, answer: Promise.resolve({ outputs: {}, timing }) };
      },
      pino({ level: "silent" }),
      new FakeClock(),
      { answered: () => {}, refused: () => {} },
      tenant === undefined ? undefined : { tenant, weight: 0.2, account: () => account },
    );
    await client.infer("echo", undefined, { X: rowsOf(1) });
    const payer = { priority: 3, charged: tenant, weight: 0.2, metered: true };
    const nobody = { priority: undefined, charged: "headgate", weight: 1, metered: false };
    expect(calls.pop()).toEqual({
      version: routed,
      namespace: "headgate",
      ...(tenant === undefined ? nobody : payer),
    });
  }
});
