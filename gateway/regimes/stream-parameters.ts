/** Parameters that every stream has beside those of its detector. */
import type { Detector } from "../../engines/detectors/detector.js";
import type { ParameterSpec } from "../../engines/servable.js";

const maxSilence: ParameterSpec = {
  name: "max_silence_ms",
  description:
    "The milliseconds without an observation after which subscribers get a feed_silent event; null: never.",
  default: null,
  anyOf: [{ type: "number", minimum: 100, maximum: 2_592_000_000 }, { type: "null" }],
};

export function streamParameters({ signature }: Detector): readonly ParameterSpec[] {
  return [...signature.parameters, maxSilence];
}
