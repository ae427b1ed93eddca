/** What a repository's files say of a model that a trainer exported. Pure. */
import type { Tolerance } from "../../engines/onnx/golden.js";
import type { ExportedModel } from "../../engines/training/trainer.js";

/** The tolerances with the golden answer's names. An output without one has to be equal. */
export function tolerancesOf({
  golden,
  tolerance,
}: Pick<ExportedModel, "golden" | "tolerance">): Readonly<Record<string, Tolerance>> {
  return Object.fromEntries(
    Object.keys(golden.outputs).map((name) => {
      const { absolute = 0, relative = 0 } = tolerance[name] ?? {};
      return [name, { atol: absolute, rtol: relative }];
    }),
  );
}
