import { expect, it } from "vitest";
import { barFeatures, barsBefore } from "../../engines/detectors/bar-features.js";
import type { Detector } from "../../engines/detectors/detector.js";
import { detectors } from "../../engines/detectors/index.js";
import type { Parameters } from "../../engines/servable.js";
import {
  anyNumbers,
  bars,
  detectorConformance,
  type Feed,
  feedsOfReturns,
} from "../conformance/detectors.js";
import { completed, type Rows } from "../support/detecting.js";

/** Such that the suite's short blocks are enough: each detector is given those that it has. */
const brief: Parameters = { warmup: 80, refit_every: 60, window: 300, jump_penalty: 5, expected_run: 100 };

function briefParameters({ signature }: Detector): Parameters {
  const has = new Set(signature.parameters.map(({ name }) => name));
  return Object.fromEntries(Object.entries(brief).filter(([name]) => has.has(name)));
}

/** Whether it asks a learned model, which knows real bars and the features made of them. */
function asksModel({ signature }: Detector): boolean {
  return signature.parameters.some(({ name }) => name === "model");
}

/** Bars, and the shipped model's features of the same bars. */
const ofBars: readonly Feed[] = [
  {
    label: "features",
    parameters: {},
    rows: featuresOf(bars(700)).slice(200 - barsBefore),
    warmAt: 41,
    sure: 0.75, // learned of real bars, which these are not
    strange: anyNumbers,
  },
  {
    label: "bars",
    parameters: { input: "bars" },
    rows: bars(500),
    warmAt: 62,
    sure: 0.75,
    strange: (rows) => {
      const sizes = [1e-300, 1, 1e9, 1e300];
      return rows.map((bar, t) => (t < 300 ? bar.map(() => sizes[t % 4] as number) : bar));
    },
  },
];

function featuresOf(rows: Rows): Rows {
  const flat = barFeatures(Float64Array.from(rows.flat()));
  return Array.from({ length: flat.length / 4 }, (_, t) => [...flat.subarray(t * 4, (t + 1) * 4)]);
}

for (const detector of detectors)
  detectorConformance(detector, asksModel(detector) ? ofBars : feedsOfReturns(briefParameters(detector)));

it.each(detectors.map((detector) => [detector.signature.name, detector] as const))(
  "%s describes itself, with defaults that its constraints allow",
  (_, detector: Detector) => {
    const { signature } = detector;
    expect(signature.kind).toBe("detector");
    const defaults = Object.fromEntries(signature.parameters.map((spec) => [spec.name, spec.default]));
    expect(completed(detector, defaults)).toEqual(completed(detector, {}));
    expect(Object.keys(defaults)).toEqual(
      expect.arrayContaining(["enter_probability", "min_dwell", "warmup" in defaults ? "warmup" : "window"]),
    );
    expect(detector.memory(completed(detector, {}))).toBeGreaterThan(0);
  },
);
