/** A detector that calls models says so: the right to infer and the charge depend on it. */
import { expect, it } from "vitest";
import { detectors } from "../../engines/detectors/index.js";
import { validateParameters } from "../../engines/validate.js";

it.each(detectors.map((detector) => [detector.signature.name, detector] as const))(
  "%s says whether it calls models",
  (name, detector) => {
    const { parameters: specs } = detector.signature;
    const state = detector.start(validateParameters(name, specs, {}));
    const calls = state.prefetch !== undefined || specs.some((spec) => spec.name === "model");
    expect(detector.callsModels === true).toBe(calls);
  },
);
