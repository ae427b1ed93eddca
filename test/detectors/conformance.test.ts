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

const small = { warmup: 80, refit_every: 60, window: 300 };

/** What the suite's short blocks ask for. */
const parameters: Readonly<Record<string, Parameters>> = {
  gaussian_hmm: small,
  jump_model: { ...small, jump_penalty: 5 },
  gaussian_mixture: small,
  bocpd: { warmup: 80, expected_run: 100 },
  "lstm-regime": {},
  vote: small,
};

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

it("knows of every detector what the suite asks of it", () => {
  expect(detectors.map(({ signature }) => signature.name)).toEqual(Object.keys(parameters));
});

for (const detector of detectors) {
  const { name } = detector.signature;
  detectorConformance(detector, name === "lstm-regime" ? ofBars : feedsOfReturns(parameters[name] ?? {}));
}

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
    for (const { description } of signature.parameters) expect(description.length).toBeGreaterThan(10);
    expect(detector.memory(completed(detector, {}))).toBeGreaterThan(0);
  },
);
