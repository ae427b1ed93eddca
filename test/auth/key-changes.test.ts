import { describe, expect, it } from "vitest";
import { createdKey, rotated, withRevoked } from "../../gateway/auth/key-changes.js";
import { keyRecordsMax } from "../../gateway/auth/key-records.js";
import { newKey } from "../support/keys.js";

const now = Date.parse("2026-11-28T12:00:00Z");
const day = 86_400_000;
const { record: first } = newKey({ expires_at: "2026-12-01T00:00:00Z", note: "desk one" }); // 30 days after it was made
const { record: second } = newKey({ tenant: "risk" });

describe("revoking", () => {
  it("marks the key, and those revoked before keep their time", () => {
    const once = withRevoked([first, second], [first.id], now);
    expect(once).toEqual([{ ...first, revoked_at: "2026-11-28T12:00:00.000Z" }, second]);
    expect(withRevoked(once, [first.id], now + day)).toEqual(once);
  });

  it("refuses all when one id is unknown, and does not repeat a token that was given as an id", () => {
    expect(() => withRevoked([first], [first.id, "nope"], now)).toThrow(
      /there is no key nope: headgate keys list/,
    );
    const { token } = newKey();
    expect(() => withRevoked([first], [token], now)).toThrow(/that is a token; name the key by its id/);
    expect(() => withRevoked([first], [token], now)).not.toThrow(token.slice(20));
  });
});

describe("rotating", () => {
  it("makes a second key with the same grants and lifetime, and leaves the first the overlap", () => {
    const { records, successor, predecessor } = rotated(
      [second, first],
      first.id,
      { overlapMs: day, expiry: "as before" },
      now,
    );
    const { id, sha256, ...grants } = successor.record;
    expect(grants).toEqual({
      tenant: first.tenant,
      namespace: first.namespace,
      scopes: first.scopes,
      topics: first.topics,
      note: "desk one",
      created_at: "2026-11-28T12:00:00.000Z",
      expires_at: "2026-12-28T12:00:00.000Z",
    });
    expect([id, sha256]).not.toContain(first.id);
    expect(predecessor).toEqual({ ...first, expires_at: "2026-11-29T12:00:00.000Z" });
    expect(records).toEqual([second, predecessor, successor.record]);
  });

  it("never lengthens the first key's life", () => {
    const { predecessor } = rotated([first], first.id, { overlapMs: 30 * day, expiry: {} }, now);
    expect(predecessor.expires_at).toBe("2026-12-01T00:00:00.000Z");
  });

  it("gives the second an expiry of its own, or none", () => {
    const times = (expiry: { expires_at?: string }) => ({ overlapMs: day, expiry });
    const expires_at = "2027-06-01T00:00:00.000Z";
    expect(rotated([first], first.id, times({ expires_at }), now).successor.record.expires_at).toBe(
      expires_at,
    );
    expect(rotated([first], first.id, times({}), now).successor.record.expires_at).toBeUndefined();
  });

  it.each([
    ["revoked", { ...first, revoked_at: "2026-11-02T00:00:00Z" }],
    ["expired", { ...first, expires_at: "2026-11-02T00:00:00Z" }],
  ])("a key that is %s is refused", (state, record) => {
    expect(() => rotated([record], first.id, { overlapMs: day, expiry: {} }, now)).toThrow(
      `key ${first.id} is ${state}`,
    );
  });
});

it("a file with the most keys takes no more", () => {
  const full = Array(keyRecordsMax).fill(first);
  expect(() => createdKey(full, first, now)).toThrow(/holds 20000 keys, which is the most/);
});
