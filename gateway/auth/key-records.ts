/** The content of a keys file: the record of each API key, checked field by field. Pure. */
import { z } from "zod";
import { grants } from "../config/access.js";
import { tokenHash } from "../config/values.js";
import { keyIdPattern } from "./key-token.js";

/** Records in one file. At this number the file has about 7 MB. */
export const keyRecordsMax = 20_000;
export const keysFileBytesMax = 16 * 1024 ** 2;

const time = z.iso.datetime({ offset: true, error: "must be an ISO 8601 time such as 2027-01-31T12:00:00Z" });

const keyRecordSchema = z.strictObject({
  id: z.string().regex(keyIdPattern, "must be 4 to 32 of digits and lower-case letters"),
  sha256: tokenHash,
  ...grants,
  created_at: time,
  expires_at: time.optional(),
  revoked_at: time.optional(),
  note: z
    .string()
    .max(256)
    .regex(/^\P{Cc}*$/u, "must hold no control characters")
    .optional(),
});

const keysFileSchema = z.strictObject({
  format: z.literal(1),
  keys: z
    .array(z.unknown())
    .max(keyRecordsMax, `holds more than ${keyRecordsMax} keys: remove those that expired or were revoked`),
});

/** An API key as the keys file holds it. The token itself is in no file. */
export type KeyRecord = z.infer<typeof keyRecordSchema>;

/** A keys file that cannot be used. The message names the field; it holds no value, which might be a token. */
export class KeysFileError extends Error {
  override readonly name = "KeysFileError";
}

/**
 * Checks the records one after another as they are asked for, so that a gateway can answer its clients in between: 10,000
 * of them take 50 ms.
 * @throws KeysFileError
 */
export function* keyRecordsIn(text: string): Generator<KeyRecord, void, undefined> {
  const whole = keysFileSchema.safeParse(jsonOf(text));
  if (!whole.success) throw new KeysFileError(problemOf(whole.error, ""));
  const ids = new Map<string, number>();
  const hashes = new Map<string, number>();
  for (const [index, given] of whole.data.keys.entries()) {
    const record = recordOf(given, index);
    requireNew(ids, record.id, index, "id");
    requireNew(hashes, record.sha256, index, "sha256");
    yield record;
  }
}

/** @throws KeysFileError */
export function parseKeysFile(text: string): KeyRecord[] {
  return [...keyRecordsIn(text)];
}

/** The file's text, a key a line: a third of the bytes, and of the time to read them, that indented text takes. */
export function keysFileText(records: readonly KeyRecord[]): string {
  const lines = records.map((record) => `\n${JSON.stringify(record)}`);
  return `{"format":1,"keys":[${lines.join(",")}\n]}\n`;
}

export type KeyState = "active" | "expired" | "revoked";

export function stateOf(
  { revoked_at, expires_at }: Pick<KeyRecord, "revoked_at" | "expires_at">,
  wallNow: number,
): KeyState {
  if (revoked_at !== undefined) return "revoked";
  return expires_at !== undefined && Date.parse(expires_at) <= wallNow ? "expired" : "active";
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
    const isEmpty = text.trim() === "";
    throw new KeysFileError(
      isEmpty ? "the file is empty" : "the file is not valid JSON; it may be half written",
    );
  }
}

function recordOf(given: unknown, index: number): KeyRecord {
  const parsed = keyRecordSchema.safeParse(given);
  if (!parsed.success) throw new KeysFileError(problemOf(parsed.error, `keys.${index}`));
  return parsed.data;
}

function problemOf({ issues }: z.ZodError, at: string): string {
  const [issue] = issues;
  if (issue === undefined) return at;
  const path = [at, ...issue.path].filter((step) => step !== "").join(".");
  if (issue.code === "unrecognized_keys") return unknownField(path, issue.keys[0] ?? "");
  return `${path || "the file"}: ${issue.message}`;
}

/** A long name is not repeated: it may be a token that was pasted at the wrong place. */
function unknownField(path: string, name: string): string {
  if (name.length > 32) return `${path || "the file"}: has a field with a name of ${name.length} characters`;
  return `${path === "" ? name : `${path}.${name}`}: there is no such field`;
}

function requireNew(seen: Map<string, number>, value: string, index: number, field: keyof KeyRecord): void {
  const earlier = seen.get(value);
  if (earlier !== undefined)
    throw new KeysFileError(`keys.${index}.${field}: is the same as that of keys.${earlier}`);
  seen.set(value, index);
}
