/** The digest of a model's settings that its signature covers. Pure. */
import { createHash } from "node:crypto";

/**
 * Settings that an operator changes while the model serves, as `headgate models rollback` does. They choose among
 * versions, each of which is signed; who may change them may as well remove a version.
 */
const uncovered: ReadonlySet<string> = new Set(["traffic", "aliases", "version_policy", "load"]);

/**
 * @param config the settings as they were read, before defaults are filled in: a new Headgate, with new settings,
 *   finds the same digest
 */
export function settingsDigest(config: object): string {
  const covered = Object.entries(config).filter(([name]) => !uncovered.has(name));
  return textDigest(JSON.stringify(sorted(Object.fromEntries(covered))));
}

export function textDigest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The value with the names of every object in order, so that their order in the file changes nothing. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, each]) => [name, sorted(each)] as const);
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}
