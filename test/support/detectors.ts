/** A detector whose probabilities are its input: an observation [p] is the probability of turbulence. */
import type { Detector, DetectorState } from "../../engines/detectors/detector.js";
import { hysteresisParameters, regimeNames } from "../../engines/detectors/signature-parts.js";
import type { Pieces } from "../../engines/pieces.js";
import { batchDim } from "../../engines/validate.js";

export const openly: Detector = {
  signature: {
    name: "openly",
    version: "1",
    kind: "detector",
    description: "Turbulent with the probability it is told",
    inputs: [{ name: "values", datatypes: ["FP64", "FP32"], shape: [batchDim, "d"], description: "[p]" }],
    outputs: [],
    parameters: [
      ...hysteresisParameters,
      {
        name: "memory",
        description: "Observations remembered",
        default: 100,
        anyOf: [{ type: "integer", minimum: 1 }],
      },
    ],
  },
  regimes: () => regimeNames(2),
  memory: (parameters) => Number(parameters["memory"]),
  start: () => new Told(),
  restore: (_, { probabilities }) => {
    const told = new Told();
    if (probabilities instanceof Float64Array) told.probabilities = probabilities;
    return told;
  },
};

/** The same, declared as a detector whose streams call models. */
export const byModel: Detector = {
  ...openly,
  signature: { ...openly.signature, name: "by_model" },
  callsModels: true,
};

class Told implements DetectorState {
  probabilities: Float64Array | undefined;

  step(row: Float64Array): undefined {
    const [turbulent = 0] = row;
    this.probabilities = Float64Array.of(1 - turbulent, turbulent);
  }

  due(): undefined {
    return undefined;
  }

  *adopt(): Pieces<void> {}

  save() {
    return { probabilities: this.probabilities ?? null };
  }
}
