/** Trainers whose libraries are not installed say what to type, and what it takes. */
import { expect, test } from "vitest";
import { trainerSchemas } from "../../engines/training/schemas/index.js";
import { Catalog } from "../../gateway/catalog/catalog.js";
import { TrainerServables } from "../../gateway/jobs/trainer-servables.js";

test.each([
  [
    "ppo",
    "the library of ppo is not installed beside the gateway: headgate trainer install --with rl (about 5310 MB more) ",
  ],
  ["lstm_regressor", "headgate trainer install --with torch (about 5300 MB more) "],
  ["lgbm_regressor", "headgate trainer install --with boosting (about 30 MB more) "],
])("%s", (trainer, told) => {
  const catalog = new Catalog();
  const availability = { kind: "ready", libraries: {}, trainers: new Set(["ridge"]), cuda: false } as const;
  const signatures = trainerSchemas.map(({ signature }) => signature);
  new TrainerServables({ catalog, engine: { availability }, signatures, defaultTimeoutMs: 1_000 });
  const state = (name: string) =>
    catalog.all().find(({ servable }) => servable.signature.name === name)?.state;
  expect(state("ridge")).toEqual({ kind: "ready" });
  expect(state(trainer)).toMatchObject({ kind: "unavailable", reason: expect.stringContaining(told) });
});
