/** The names that detectors give regimes, calmest first; before the first decision the regime is `unknown`. */
export const regimes = ["unknown", "calm", "normal", "turbulent"] as const;
export type Regime = (typeof regimes)[number];

export function isRegime(name: string): name is Regime {
  return (regimes as readonly string[]).includes(name);
}
