/**
 * Digests that are equal for equal requests. The order of names in a client's maps is ignored, because it differs
 * between programming languages. The tensors are hashed once, for the response cache and the idempotency key
 * together, and only when one of them needs the digest.
 */
import { createHash } from "node:crypto";
import type { InferenceRequest } from "../catalog/inference-request.js";
import { addInputs, canonical, earlierDigest, type Identities } from "./digest-forms.js";

/**
 * The prefix of the current form. A mark without it was stored by an earlier gateway and is compared in its own form.
 */
const form = "3:";

export class RequestDigest {
  private madeContent: string | undefined;
  private madeMark: string | undefined;

  /**
   * The digest must be read before the request's inputs are transferred to an engine.
   * @param identities of inputs that were references; without them references count as they were given
   */
  constructor(
    private readonly request: InferenceRequest,
    private readonly identities: Identities = {},
  ) {}

  /** The digest of the inputs and the requested outputs, which determine the answer of a version. */
  get content(): string {
    this.madeContent ??= contentDigest(this.request, this.identities);
    return this.madeContent;
  }

  /** The digest of the whole request, which is stored beside the answer of an idempotency key. */
  get mark(): string {
    this.madeMark ??= form + this.whole();
    return this.madeMark;
  }

  /** Whether a stored mark, in any form, belongs to this request. */
  matches(mark: string): boolean {
    return mark === (mark.startsWith(form) ? this.mark : earlierDigest(this.request, mark));
  }

  private whole(): string {
    const { model, version, parameters } = this.request;
    const asked = canonical([model, version, parameters, this.content]);
    return createHash("sha256").update(asked).digest("base64");
  }
}

export function contentDigest(
  { inputs, outputs }: Pick<InferenceRequest, "inputs" | "outputs">,
  identities: Identities = {},
): string {
  const wanted = outputs === undefined ? null : [...outputs].sort();
  const hash = createHash("sha256").update(canonical([wanted]));
  addInputs(hash, inputs, identities);
  return hash.digest("base64");
}
