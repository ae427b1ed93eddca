/** What a scan compares the models with. */
import type { ModelLimits } from "../inspection/model-limits.js";
import type { TrustedKey } from "../signing/keys.js";

export interface ScanOptions {
  readonly limits: ModelLimits;
  /** Null: signatures are not verified, only reported. */
  readonly trusted: readonly TrustedKey[] | null;
  /** Folders outside the repository that links in it may lead into. */
  readonly linkedFolders: readonly string[];
}
