/** Whether a candidate becomes the champion. Pure. */
import type { DecisionReason, PromotionRule, ScoreName } from "../../protocol/schedule-frames.js";
import { isHigherBetter } from "./scores.js";

export interface Contest {
  readonly rule: PromotionRule;
  readonly tolerance: number;
  /** Undefined where nothing is scored. */
  readonly score: ScoreName | undefined;
  readonly candidate: number | undefined;
  readonly hasChampion: boolean;
  /** Undefined where it could not be scored. */
  readonly champion: number | undefined;
}

export interface ContestResult {
  readonly promoted: boolean;
  readonly reason: DecisionReason;
}

/** A score that is not finite promotes nothing, whatever the rule is. */
export function choose({ rule, tolerance, score, candidate, hasChampion, champion }: Contest): ContestResult {
  if (score !== undefined && !Number.isFinite(candidate)) return kept("not_finite");
  if (rule === "never") return kept("never");
  if (!hasChampion) return promoted("first_version");
  if (rule === "always") return promoted("always");
  if (score === undefined || candidate === undefined || champion === undefined) return kept("not_scored");
  if (!Number.isFinite(champion)) return kept("not_finite");
  const behind = isHigherBetter(score) ? champion - candidate : candidate - champion;
  return behind <= tolerance ? promoted("not_worse") : kept("worse");
}

const kept = (reason: DecisionReason): ContestResult => ({ promoted: false, reason });
const promoted = (reason: DecisionReason): ContestResult => ({ promoted: true, reason });
