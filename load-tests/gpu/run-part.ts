/** What a part is asked to do, and what it comes to. */
import type { ProviderName } from "../../engines/onnx/provider-names.js";

export interface PartOptions {
  /** A software renderer is taken for a card, and sizes are small: it proves the way and measures nothing. */
  readonly small: boolean;
  /** After so many seconds nothing new is begun. */
  readonly seconds: number;
  readonly provider: ProviderName;
}

export interface Part {
  readonly figures: object;
  /** What went wrong, one sentence a failure; empty: the part came to what it should. */
  readonly failures: readonly string[];
}

/** @param keep is given what there is so far */
export type RunPart = (
  options: PartOptions,
  keep: (part: Part) => void,
  say: (line: string) => void,
) => Promise<Part>;
