/** The set of libraries, as `headgate trainer install --with` names it, that has a library. */
import type { TrainerExtra } from "../environment.js";

const extras: Readonly<Record<string, TrainerExtra>> = {
  "xgboost-cpu": "boosting",
  lightgbm: "boosting",
  torch: "torch",
  "stable-baselines3": "rl",
};

/** Undefined for what is always installed. */
export function extraOfLibrary(distribution: string): TrainerExtra | undefined {
  return extras[distribution];
}
