import { describe, expect, it } from "vitest";
import {
  KeysFileError,
  keyRecordsMax,
  keysFileText,
  parseKeysFile,
  stateOf,
} from "../../gateway/auth/key-records.js";
import { hashOfToken } from "../../gateway/auth/key-token.js";
import { newKey } from "../support/keys.js";

const { record } = newKey({ expires_at: "2027-01-01T00:00:00Z", note: "desk one" });
const textOf = (...keys: unknown[]) => JSON.stringify({ format: 1, keys });

describe("a keys file", () => {
  it("is read as it was written", () => {
    const other = newKey({ tenant: "risk", scopes: ["models:infer"], topics: ["regime.desk-a/*"] }).record;
    expect(parseKeysFile(keysFileText([record, other]))).toEqual([record, other]);
  });

  it("without grants takes the configuration's defaults for them", () => {
    const { id, sha256, tenant, created_at } = record;
    expect(parseKeysFile(textOf({ id, sha256, tenant, created_at }))[0]).toMatchObject({
      namespace: "default",
      scopes: expect.arrayContaining(["models:infer", "streams:read"]),
    });
  });

  it.each<[string, unknown, RegExp]>([
    ["an empty text", "", /^the file is empty$/],
    [
      "half a text",
      keysFileText([record]).slice(0, 120),
      /^the file is not valid JSON; it may be half written$/,
    ],
    ["an array", "[]", /^the file: /],
    ["another format", JSON.stringify({ format: 2, keys: [] }), /^format: /],
    ["no keys", JSON.stringify({ format: 1 }), /^keys: /],
    [
      "an unknown field beside the keys",
      JSON.stringify({ format: 1, keys: [], key: [] }),
      /^key: there is no such field/,
    ],
    [
      "an unknown field of a key",
      textOf({ ...record, expiry: "2027-01-01" }),
      /^keys\.0\.expiry: there is no such field/,
    ],
    ["a key that is no object", textOf(record, 7), /^keys\.1: /],
    ["a key without a tenant", textOf({ ...record, tenant: undefined }), /^keys\.0\.tenant: /],
    ["a name with a blank", textOf({ ...record, namespace: "a b" }), /^keys\.0\.namespace: 1 to 64/],
    ...["__proto__", "constructor", "toString"].map((tenant): [string, unknown, RegExp] => [
      `the tenant ${tenant}`,
      textOf({ ...record, tenant }),
      /^keys\.0\.tenant: a name other than __proto__/,
    ]),
    [
      "an unknown scope",
      textOf({ ...record, scopes: ["models:infer", "models:all"] }),
      /^keys\.0\.scopes\.1: /,
    ],
    [
      "a time without a zone",
      textOf({ ...record, expires_at: "2027-01-01" }),
      /^keys\.0\.expires_at: must be an ISO/,
    ],
    ["a note with an escape sequence", textOf({ ...record, note: "\u001b[2J" }), /^keys\.0\.note: /],
    [
      "the same id twice",
      textOf(record, { ...newKey().record, id: record.id }),
      /^keys\.1\.id: is the same as that of keys\.0/,
    ],
    [
      "the same hash twice",
      textOf(record, { ...record, id: "another0" }),
      /^keys\.1\.sha256: is the same as that of keys\.0/,
    ],
    ["too many keys", textOf(...Array(keyRecordsMax + 1).fill(0)), /^keys: holds more than 20000 keys/],
  ])("with %s is refused, and the error names the field", (_, text, why) => {
    expect(() => parseKeysFile(text as string)).toThrow(KeysFileError);
    expect(() => parseKeysFile(text as string)).toThrow(why);
  });

  it("that holds a token in place of its hash is refused without repeating the token", () => {
    const { token } = newKey();
    const problem = (text: string) => {
      try {
        parseKeysFile(text);
      } catch (error) {
        return (error as Error).message;
      }
      return "";
    };
    expect(problem(textOf({ ...record, sha256: token }))).toMatch(/^keys\.0\.sha256: 64 hex digits/);
    for (const text of [
      textOf({ ...record, sha256: token }),
      `{"keys": ${token}`,
      textOf({ ...record, [token]: 1 }),
    ])
      expect(problem(text)).not.toContain(token.slice(-20));
  });
});

it("a token has the key's id and 256 random bits, and its record has its hash and nothing else of it", () => {
  const { token, record: made } = newKey();
  expect(token).toMatch(/^hg_[0-9a-z]{10}_[A-Za-z0-9_-]{43}$/);
  expect(token.split("_")[1]).toBe(made.id);
  expect(made.sha256).toBe(hashOfToken(token));
  expect(JSON.stringify(made)).not.toContain(token.slice(16));
  expect(newKey().token).not.toBe(token);
});

it("a key is active until it expires or is revoked", () => {
  const end = Date.parse("2027-01-01T00:00:00Z");
  expect(stateOf(record, end - 1)).toBe("active");
  expect(stateOf(record, end)).toBe("expired");
  expect(stateOf({ ...record, revoked_at: "2026-12-01T00:00:00Z" }, 0)).toBe("revoked");
  expect(stateOf(newKey().record, Number.MAX_SAFE_INTEGER)).toBe("active");
});
