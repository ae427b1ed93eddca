/**
 * What makes two requests the same, as one digest: whatever the order in which a client's maps hold their names, for
 * a map has no order, and one client's language keeps another than the next.
 */
import { createHash, type Hash } from "node:crypto";
import type { Tensors } from "../../protocol/frames.js";
import type { InferenceRequest } from "./inference-request.js";

/** In front of each digest: one without it is of a gateway before this form, and is compared in its own. */
const form = "2:";

type Asked = Partial<Pick<InferenceRequest, "model" | "version" | "parameters" | "outputs">> &
  Pick<InferenceRequest, "inputs">;

/** @param of what else tells two of them apart: a namespace, say */
export function requestDigest(
  { model, version, parameters, outputs, inputs }: Asked,
  of: string = "",
): string {
  const wanted = outputs === undefined ? null : [...outputs].sort();
  const hash = createHash("sha256").update(canonical([of, model, version, parameters, wanted]));
  for (const name of Object.keys(inputs).sort()) addTensor(hash, name, inputs[name] as Tensors[string]);
  return form + hash.digest("base64");
}

/** Whether a digest, of whichever form, is that of this request. */
export function isDigestOf(digest: string, request: InferenceRequest): boolean {
  return digest === (digest.startsWith(form) ? requestDigest(request) : orderedDigest(request));
}

/** The form in which gateways up to 0.1 kept answers: names count in the order in which they came. */
export function orderedDigest({ model, version, inputs, parameters, outputs }: InferenceRequest): string {
  const hash = createHash("sha256").update(JSON.stringify([model, version, parameters, outputs]));
  for (const [name, tensor] of Object.entries(inputs)) {
    const { datatype, shape, data } = tensor;
    hash.update(JSON.stringify([name, datatype, shape]));
    hash.update(data instanceof Uint8Array ? data : JSON.stringify(data));
  }
  return hash.digest("base64");
}

function addTensor(hash: Hash, name: string, { datatype, shape, data }: Tensors[string]): void {
  const strings = data instanceof Uint8Array ? null : data;
  hash.update(JSON.stringify([name, datatype, shape, strings]));
  if (data instanceof Uint8Array) hash.update(data);
}

/** JSON whose maps have their names sorted, at every depth, and whose infinite numbers are not null. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === "number" && !Number.isFinite(inner)) return [String(inner)];
    return typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))
      : inner;
  });
}
