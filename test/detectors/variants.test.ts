/** What the parameters change is as causal and as restorable as the defaults. */
import { expect, it } from "vitest";
import { downsideFeatures, volatilityFeatures } from "../../engines/detectors/features.js";
import { detectors } from "../../engines/detectors/index.js";
import { market } from "../conformance/detectors.js";
import { follow } from "../support/detecting.js";

const small = { warmup: 80, refit_every: 60, window: 200 };

it.each([
  ["jump_model", { ...small, features: "downside" }],
  ["jump_model", { ...small, features: "values", jump_penalty: 3 }],
  ["jump_model", { ...small, n_components: 3, jump_penalty: 2 }],
  ["gaussian_mixture", { ...small, halflife: 0 }],
  ["gaussian_mixture", { ...small, n_components: 3, halflife: 5 }],
  ["gaussian_hmm", { ...small, n_components: 3 }],
  ["bocpd", { warmup: 80, expected_run: 50, max_runs: 20 }],
  ["vote", { ...small, detectors: "jump_model,gaussian_mixture" }],
] as const)("%s %j", async (name, parameters) => {
  const detector = detectors.find(({ signature }) => signature.name === name);
  if (detector === undefined) throw new Error(`no ${name}`);
  const rows = market(330, 2);
  const whole = await follow(detector, parameters, rows);
  expect(whole.at(-1)).toHaveLength("n_components" in parameters ? 3 : 2);
  expect(await follow(detector, parameters, rows.slice(0, 211))).toEqual(whole.slice(0, 211));
  const restartAfter = new Set([10, 79, 80, 139, 140, 200, 211, 300]);
  expect(await follow(detector, parameters, rows, { restartAfter })).toEqual(whole);
});

it("features are weighted as pandas' ewm(halflife) does, by hand over three rows", () => {
  const rows = [0.02, -0.01, 0.03];
  const weighted = (values: readonly number[], halflife: number) => {
    const weights = values.map((_, i) => 0.5 ** ((values.length - 1 - i) / halflife));
    const total = weights.reduce((a, b) => a + b, 0);
    return values.reduce((sum, value, i) => sum + value * (weights[i] as number), 0) / total;
  };
  const [volatility, downside] = [volatilityFeatures(11).start(1), downsideFeatures.start(1)];
  const said = rows.map((value) => [
    volatility.push(Float64Array.of(value)),
    downside.push(Float64Array.of(value)),
  ]);
  const losses = rows.map((value) => Math.min(value, 0) ** 2);
  const deviation = (halflife: number) => Math.sqrt(weighted(losses, halflife));
  const squares = rows.map((value) => value ** 2);
  expect(said[2]?.[0]?.[0]).toBeCloseTo(0.5 * Math.log(weighted(squares, 11)), 12);
  const wanted = [deviation(10), weighted(rows, 20) / deviation(20), weighted(rows, 60) / deviation(60)];
  wanted.forEach((value, i) => {
    expect(said[2]?.[1]?.[i]).toBeCloseTo(value, 12);
  });
});
