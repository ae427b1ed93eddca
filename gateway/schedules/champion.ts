/** The version with which a candidate is compared, and its answers for held-out rows: those that clients would get. */
import { HeadgateError } from "../../protocol/errors.js";
import type { DatasetReference } from "../../protocol/reference.js";
import { fromWire, type Tensor, toWire, type WireTensors } from "../../protocol/tensor.js";
import type { Principal } from "../auth/principal.js";
import type { Catalog } from "../catalog/catalog.js";
import { championAlias } from "../catalog/champion-aliases.js";
import type { RetrainingParts } from "./retraining-parts.js";
import { elementsOf, joined, type RowElements } from "./scored-rows.js";

/** Rows of one request, where the model does not say how many it takes at one time. */
const rowsAtOnce = 256;

/**
 * The version that the alias `champion` stands for; without one, of the others the version with the largest share of
 * the traffic.
 * @param candidate which is no champion by having answered while there was no other
 */
export function championOf(
  catalog: Pick<Catalog, "versions" | "shares" | "aliases">,
  model: string,
  candidate: string | null,
): string | undefined {
  const versions = [...catalog.versions(model).keys()].filter((version) => version !== candidate);
  const named = versions.find((version) => catalog.aliases(model, version).includes(championAlias));
  if (named !== undefined) return named;
  const shares = catalog.shares(model);
  const [first] = versions
    .filter((version) => (shares.get(version) ?? 0) > 0)
    .sort((a, b) => (shares.get(b) ?? 0) - (shares.get(a) ?? 0) || Number(b) - Number(a));
  return first;
}

export interface HeldOutRows {
  /** The newest rows of the dataset with all its versions' rows before them. */
  readonly reference: DatasetReference;
  readonly from: number;
  readonly to: number;
}

/**
 * The answers of a served version, a batch at a time.
 * @throws HeadgateError with the reason why it has none
 */
export async function answersOf(
  parts: Pick<RetrainingParts, "catalog" | "datasets" | "infer">,
  { model, version, output }: { readonly model: string; readonly version: string; readonly output: string },
  { reference, from, to }: HeldOutRows,
  principal: Principal,
): Promise<RowElements> {
  const servable = parts.catalog.versions(model).get(version)?.servable;
  if (servable === undefined) throw new HeadgateError("not_found", `${model} has no version ${version}`);
  const step = servable.scheduling.maxBatchSize || rowsAtOnce;
  const answers: RowElements[] = [];
  for (let at = from; at < to; at += step) {
    const rows = [at, Math.min(to, at + step)] as const;
    const X = fromWire(
      await parts.datasets.resolve(principal.namespace, { ...reference, rows }, "inputs.X").read(),
    );
    const [datatype] = servable.signature.inputs.find(({ name }) => name === "X")?.datatypes ?? [];
    const inputs = { X: toWire(inDatatype(X, datatype)) };
    const outputs: WireTensors = await parts.infer({ model, version, inputs }, principal);
    const found = outputs[output];
    if (found === undefined)
      throw new HeadgateError("failed_precondition", `version ${version} does not answer ${output}`);
    answers.push(elementsOf(fromWire(found)));
  }
  return joined(answers);
}

/** A model of FP64 takes the same rows of FP32, which are exact in it; one of FP32 rounds rows of FP64. */
function inDatatype(X: Tensor, wanted: string | undefined): Tensor {
  if (X.datatype === wanted || (wanted !== "FP64" && wanted !== "FP32")) return X;
  const values = Array.from(X.data, Number);
  const data = wanted === "FP64" ? Float64Array.from(values) : Float32Array.from(values);
  return { datatype: wanted, shape: X.shape, data };
}
