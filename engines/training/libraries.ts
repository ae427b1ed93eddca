/** The libraries that trainers need, by the names of their distributions. */

const byPrefix: readonly (readonly [RegExp, string])[] = [
  [/^xgb_/, "xgboost"],
  [/^lgbm_/, "lightgbm"],
  [/^(lstm_|mlp_torch_)/, "torch"],
];

/** The library that a trainer needs beside those that every environment has. */
export function libraryOf(trainer: string): string {
  return byPrefix.find(([prefix]) => prefix.test(trainer))?.[1] ?? "scikit-learn";
}

/** What to install so that the trainer can be used. */
export function installCommandFor(trainer: string): string {
  const library = libraryOf(trainer);
  if (library === "scikit-learn") return "headgate trainer install";
  return `headgate trainer install --with ${library === "torch" ? "torch" : "boosting"}`;
}
