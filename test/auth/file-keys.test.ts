import { describe, expect, it } from "vitest";
import { FileKeys } from "../../gateway/auth/file-keys.js";
import type { KeyRecord } from "../../gateway/auth/key-records.js";
import { newKey } from "../support/keys.js";

const principalOf = ({ id, tenant, namespace, scopes, topics, expires_at }: KeyRecord) => ({
  tenant,
  namespace,
  weight: 1,
  expiresAt: expires_at === undefined ? Number.POSITIVE_INFINITY : Date.parse(expires_at),
  subject: `key:${id}`,
  scopes: new Set(scopes),
  topics,
});

const [one, two] = [newKey().record, newKey({ tenant: "risk" }).record];

function keysOf(...records: KeyRecord[]) {
  const keys = new FileKeys(principalOf);
  keys.replace(records);
  return keys;
}

const principalIn = (keys: FileKeys, { sha256 }: KeyRecord) => {
  const found = keys.find(sha256)?.principal;
  if (found === undefined) throw new Error("no such key");
  return found;
};

it("keys are found by the hash of their token, unless they were revoked", () => {
  const keys = keysOf(one, { ...two, revoked_at: "2026-11-28T00:00:00Z" });
  expect(keys.find(one.sha256)?.record).toEqual(one);
  expect(keys.find(two.sha256)).toBeUndefined();
  expect(keys.find(one.sha256.toUpperCase())).toBeUndefined();
});

describe("a change of the file", () => {
  it("leaves the principals of unchanged keys as they are", () => {
    const keys = keysOf(one, two);
    const before = principalIn(keys, one);
    expect(keys.replace([{ ...one }, newKey().record])).toEqual({ added: 1, changed: 0, ended: 1 });
    expect(keys.review(before)).toBe(before);
  });

  it("ends the principals of keys that were revoked, removed, or given to another tenant or namespace", () => {
    for (const records of [
      [{ ...one, revoked_at: "2026-11-28T00:00:00Z" }],
      [],
      [{ ...one, tenant: "risk" }],
      [{ ...one, namespace: "other" }],
      [{ ...one, sha256: two.sha256 }],
    ]) {
      const keys = keysOf(one);
      const before = principalIn(keys, one);
      expect(keys.replace(records)).toMatchObject({ ended: 1 });
      expect(keys.review(before)).toBeUndefined();
    }
  });

  it("gives the principals of changed keys their new grants and expiry, also over several changes", () => {
    const keys = keysOf(one);
    const before = principalIn(keys, one);
    expect(keys.replace([{ ...one, scopes: ["models:infer"] }])).toEqual({ added: 0, changed: 1, ended: 0 });
    keys.replace([{ ...one, scopes: ["fits:run"], expires_at: "2027-01-01T00:00:00Z" }]);
    expect(keys.review(before)).toMatchObject({
      scopes: new Set(["fits:run"]),
      expiresAt: Date.parse("2027-01-01T00:00:00Z"),
    });
  });

  it("does not touch principals of other credentials", () => {
    const other = principalOf(one);
    expect(keysOf().review(other)).toBe(other);
  });
});
