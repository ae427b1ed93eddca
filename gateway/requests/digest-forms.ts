/** How requests are put into bytes, now and by the gateways whose kept answers are still there. */
import { createHash, type Hash } from "node:crypto";
import type { WireTensors } from "../../protocol/frames.js";
import type { InferenceRequest } from "../catalog/inference-request.js";

/** JSON whose maps have their names sorted, at every depth, and whose infinite numbers are not null. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === "number" && !Number.isFinite(inner)) return [String(inner)];
    return typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))
      : inner;
  });
}

/** By the order of their names. */
export function addTensors(hash: Hash, tensors: WireTensors): void {
  for (const name of Object.keys(tensors).sort()) addTensor(hash, name, tensors[name] as WireTensors[string]);
}

function addTensor(hash: Hash, name: string, { datatype, shape, data }: WireTensors[string]): void {
  const strings = data instanceof Uint8Array ? null : data;
  hash.update(JSON.stringify([name, datatype, shape, strings]));
  if (data instanceof Uint8Array) hash.update(data);
}

/** In front of digests of the second form. */
const flat = "2:";

/** The digest of a request in the form that a mark of an earlier gateway has. */
export function earlierDigest(request: InferenceRequest, mark: string): string {
  return mark.startsWith(flat) ? flat + flatDigest(request) : orderedDigest(request);
}

/** The second form: one digest of everything, which the cache of answers could not share. */
function flatDigest({ model, version, parameters, outputs, inputs }: InferenceRequest): string {
  const wanted = outputs === undefined ? null : [...outputs].sort();
  const hash = createHash("sha256").update(canonical(["", model, version, parameters, wanted]));
  addTensors(hash, inputs);
  return hash.digest("base64");
}

/** The form in which gateways up to 0.1 kept answers: names count in the order in which they came. */
function orderedDigest({ model, version, inputs, parameters, outputs }: InferenceRequest): string {
  const hash = createHash("sha256").update(JSON.stringify([model, version, parameters, outputs]));
  for (const [name, tensor] of Object.entries(inputs)) {
    const { datatype, shape, data } = tensor;
    hash.update(JSON.stringify([name, datatype, shape]));
    hash.update(data instanceof Uint8Array ? data : JSON.stringify(data));
  }
  return hash.digest("base64");
}
