/**
 * The byte forms in which requests are hashed: the current one, and those of earlier gateways whose stored answers
 * may still exist.
 */
import { createHash, type Hash } from "node:crypto";
import type { WireTensors } from "../../protocol/frames.js";
import { type InferInput, type InferInputs, isReference } from "../../protocol/reference.js";
import type { InferenceRequest } from "../catalog/inference-request.js";

/** JSON with the names of every map sorted at every depth, and with infinite numbers that do not become null. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === "number" && !Number.isFinite(inner)) return [String(inner)];
    return typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))
      : inner;
  });
}

/** Adds the inputs in the order of their names. */
export function addInputs(hash: Hash, inputs: InferInputs, identities: Identities): void {
  for (const name of Object.keys(inputs).sort()) {
    const input = inputs[name] as InferInput;
    const identity = Object.hasOwn(identities, name) ? identities[name] : undefined;
    if (identity !== undefined) hash.update(canonical([name, "reference", identity]));
    else if (isReference(input)) hash.update(canonical([name, "reference", input]));
    else addTensor(hash, name, input);
  }
}

/** What determines an input that is a reference, by the input's name, in place of its bytes. */
export type Identities = Readonly<Record<string, unknown>>;

function addTensor(hash: Hash, name: string, { datatype, shape, data }: WireTensors[string]): void {
  const strings = data instanceof Uint8Array ? null : data;
  hash.update(JSON.stringify([name, datatype, shape, strings]));
  if (data instanceof Uint8Array) hash.update(data);
}

/** The prefix of digests of the second form. */
const flat = "2:";

/** The digest of a request in the form of a mark that an earlier gateway stored. */
export function earlierDigest(request: InferenceRequest, mark: string): string {
  return mark.startsWith(flat) ? flat + flatDigest(request) : orderedDigest(request);
}

/** The second form: a single digest of the whole request, which the response cache could not share. */
function flatDigest({ model, version, parameters, outputs, inputs }: InferenceRequest): string {
  const wanted = outputs === undefined ? null : [...outputs].sort();
  const hash = createHash("sha256").update(canonical(["", model, version, parameters, wanted]));
  addInputs(hash, inputs, {});
  return hash.digest("base64");
}

/** The first form, used up to version 0.1: it depends on the order of the names in the request's maps. */
function orderedDigest({ model, version, inputs, parameters, outputs }: InferenceRequest): string {
  const hash = createHash("sha256").update(JSON.stringify([model, version, parameters, outputs]));
  for (const [name, tensor] of Object.entries(inputs)) {
    if (isReference(tensor)) continue; // such a request is younger than this form
    const { datatype, shape, data } = tensor;
    hash.update(JSON.stringify([name, datatype, shape]));
    hash.update(data instanceof Uint8Array ? data : JSON.stringify(data));
  }
  return hash.digest("base64");
}
