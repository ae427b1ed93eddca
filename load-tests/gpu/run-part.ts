/** The options and the result of one part of the GPU check. */
import type { ProviderName } from "../../engines/onnx/provider-names.js";

export interface PartOptions {
  /**
   * Accepts a software renderer in place of a card, and uses small sizes: this proves that the part works, its times
   * mean nothing.
   */
  readonly small: boolean;
  /** Starts no further step after this many seconds. */
  readonly seconds: number;
  readonly provider: ProviderName;
}

export interface Part {
  readonly figures: object;
  /** One sentence for each failure; empty when the part passed. */
  readonly failures: readonly string[];
}

/** @param keep is called with the figures that exist so far, after each step */
export type RunPart = (
  options: PartOptions,
  keep: (part: Part) => void,
  say: (line: string) => void,
) => Promise<Part>;
