/** The arguments that the commands of `headgate keys` share, and how they find their files. */
import { readFileSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import { parseConfig } from "../config/parse.js";

export interface KeysFileFlags {
  readonly keys?: string;
  readonly config?: string;
}

export const keysFileDefault = "keys.json";

export function withKeysFile(command: Command): Command {
  return command
    .option("--keys <file>", `the keys file (default: auth.keys_file of --config, else ${keysFileDefault})`)
    .option("--config <file>", "the gateway's configuration, for its auth.keys_file and data folder");
}

/** The files that a command works on: the keys file, and the data folder of the gateway whose config was given. */
export function filesOf({ keys, config }: KeysFileFlags): { keys: string; data: string | undefined } {
  const settings = config === undefined ? undefined : parseConfig(JSON.parse(readFileSync(config, "utf8")));
  return { keys: keys ?? settings?.auth.keys_file ?? keysFileDefault, data: settings?.data };
}

const units: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};
const durationMaxMs = 3_660 * 86_400_000;

/** A duration such as 90d, in milliseconds. */
export function durationOf(text: string): number {
  const [, number, unit = ""] = /^(\d{1,9})([smhdw])$/.exec(text) ?? [];
  const ms = Number(number) * (units[unit] ?? Number.NaN);
  if (Number.isNaN(ms) || ms > durationMaxMs)
    throw new InvalidArgumentError(
      "a duration is a number and s, m, h, d or w, such as 90d, up to ten years.",
    );
  return ms;
}

/** When a key expires: after a duration, at an ISO 8601 time, or `never`. */
export function expiryOf(text: string): string {
  if (text === "never") return text;
  const wallNow = Date.now();
  const isDuration = /^\d+[a-z]$/i.test(text);
  const at = isDuration ? wallNow + durationOf(text) : Date.parse(text);
  const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text);
  if (Number.isNaN(at) || (!isDuration && !isTime))
    throw new InvalidArgumentError(
      "give a duration such as 90d, a time such as 2027-01-31 or 2027-01-31T12:00:00Z, or never.",
    );
  if (at <= wallNow) throw new InvalidArgumentError("that time has passed: the key would never be accepted.");
  return new Date(at).toISOString();
}

/** A list whose parts are separated by commas. */
export function listOf(text: string): string[] {
  const parts = text.split(",").map((part) => part.trim());
  if (parts.some((part) => part === "")) throw new InvalidArgumentError("give a list such as a,b,c.");
  return [...new Set(parts)];
}
