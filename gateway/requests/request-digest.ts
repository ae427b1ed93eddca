/**
 * What makes two requests the same, as one digest: whatever the order in which a client's maps hold their names, for
 * a map has no order, and one client's language keeps another than the next. The tensors are read once, for the cache
 * of answers and for a key alike, and only when one of them asks.
 */
import { createHash } from "node:crypto";
import type { InferenceRequest } from "../catalog/inference-request.js";
import { addTensors, canonical, earlierDigest } from "./digest-forms.js";

/** In front of each mark: one without it is of an earlier gateway, and is compared in the form it was made in. */
const form = "3:";

export class RequestDigest {
  private madeContent: string | undefined;
  private madeMark: string | undefined;

  /** The first look at it must come before the request's inputs are given away to an engine. */
  constructor(private readonly request: InferenceRequest) {}

  /** Of the inputs and of which outputs are wanted: what decides the answer of a version. */
  get content(): string {
    this.madeContent ??= contentDigest(this.request);
    return this.madeContent;
  }

  /** Of all that is asked: what is kept beside an answer under a key. */
  get mark(): string {
    this.madeMark ??= form + this.whole();
    return this.madeMark;
  }

  /** Whether a mark, of whichever form, is that of this request. */
  matches(mark: string): boolean {
    return mark === (mark.startsWith(form) ? this.mark : earlierDigest(this.request, mark));
  }

  private whole(): string {
    const { model, version, parameters } = this.request;
    const asked = canonical([model, version, parameters, this.content]);
    return createHash("sha256").update(asked).digest("base64");
  }
}

export function contentDigest({ inputs, outputs }: Pick<InferenceRequest, "inputs" | "outputs">): string {
  const wanted = outputs === undefined ? null : [...outputs].sort();
  const hash = createHash("sha256").update(canonical([wanted]));
  addTensors(hash, inputs);
  return hash.digest("base64");
}
