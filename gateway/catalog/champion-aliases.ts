/** The aliases that schedules give, and what becomes of the second when its version wins. */
export const championAlias = "champion";
export const challengerAlias = "challenger";

export type VersionAliases = Readonly<Record<string, string>>;

/**
 * The aliases without `challenger` where it stands for this version: one that is the champion, or that answers all
 * requests, challenges nothing any more.
 */
export function withoutChallenger(aliases: VersionAliases, version: string): VersionAliases {
  if (aliases[challengerAlias] !== version) return aliases;
  const { [challengerAlias]: _dropped, ...others } = aliases;
  return others;
}
