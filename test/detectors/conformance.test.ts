import { expect, it } from "vitest";
import type { Detector } from "../../engines/detectors/detector.js";
import { detectors } from "../../engines/detectors/index.js";
import type { Parameters } from "../../engines/servable.js";
import { detectorConformance } from "../conformance/detectors.js";
import { completed } from "../support/detecting.js";

const small = { warmup: 80, refit_every: 60, window: 300 };

/** What the suite's short blocks ask for. */
const parameters: Readonly<Record<string, Parameters>> = {
  gaussian_hmm: small,
  jump_model: { ...small, jump_penalty: 5 },
  gaussian_mixture: small,
  bocpd: { warmup: 80, expected_run: 100 },
  vote: small,
};

it("knows of every detector what the suite asks of it", () => {
  expect(detectors.map(({ signature }) => signature.name)).toEqual(Object.keys(parameters));
});

for (const detector of detectors) detectorConformance(detector, parameters[detector.signature.name] ?? {});

it.each(detectors.map((detector) => [detector.signature.name, detector] as const))(
  "%s describes itself, with defaults that its constraints allow",
  (_, detector: Detector) => {
    const { signature } = detector;
    expect(signature.kind).toBe("detector");
    const defaults = Object.fromEntries(signature.parameters.map((spec) => [spec.name, spec.default]));
    expect(completed(detector, defaults)).toEqual(completed(detector, {}));
    expect(Object.keys(defaults)).toEqual(
      expect.arrayContaining(["enter_probability", "min_dwell", "warmup"]),
    );
    for (const { description } of signature.parameters) expect(description.length).toBeGreaterThan(10);
    expect(detector.memory(completed(detector, {}))).toBeGreaterThan(0);
  },
);
