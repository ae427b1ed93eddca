/** The keys file of a gateway: who is accepted, what is counted and logged, and which faults stop the start. */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type KeyRecord, keysFileText } from "../../gateway/auth/key-records.js";
import { keyUseFile, readKeyUses } from "../../gateway/auth/key-uses.js";
import { KeysFileAuthenticator } from "../../gateway/auth/keys-file-authenticator.js";
import { FakeClock } from "../support/clock.js";
import { keptLog } from "../support/kept-log.js";
import { keysFileOf, newFolder, newKey } from "../support/keys.js";
import { until } from "../support/until.js";

const day = 86_400_000;
const at = (ms: number) => new Date(1_700_000_000_000 + ms).toISOString();

function made(path: string, warningDays = 7) {
  const clock = new FakeClock();
  const lines: Record<string, unknown>[] = [];
  const outcomes: string[] = [];
  const usesPath = join(newFolder(), keyUseFile);
  const authenticator = new KeysFileAuthenticator({
    path,
    usesPath,
    weightOf: (tenant) => (tenant === "desk" ? 3 : 1),
    clock,
    log: keptLog(lines),
    reloaded: (outcome) => outcomes.push(outcome),
    warningDays,
  });
  onTestFinished(() => authenticator.close());
  return { authenticator, clock, lines, outcomes, usesPath };
}

async function started(records: readonly KeyRecord[], warningDays?: number) {
  const test = made(keysFileOf(records), warningDays);
  await test.authenticator.start();
  return test;
}

describe("a token of the keys file", () => {
  const { record, token } = newKey({
    scopes: ["fits:run"],
    topics: ["regime.desk/*"],
    expires_at: at(1_000),
  });

  it("stands for what its record grants, until it expires", async () => {
    const { authenticator, clock } = await started([record]);
    expect(authenticator.authenticate({ token })).toEqual({
      kind: "accepted",
      principal: {
        tenant: "desk",
        namespace: "default",
        weight: 3,
        expiresAt: clock.wall() + 1_000,
        subject: `key:${record.id}`,
        scopes: new Set(["fits:run"]),
        topics: ["regime.desk/*"],
      },
    });
    clock.jump(1_000);
    expect(authenticator.authenticate({ token })).toEqual({
      kind: "refused",
      reason: "expired",
      detail: `key:${record.id}`,
    });
  });

  it("that was revoked is refused with that reason, and an unknown one is left to others", async () => {
    const { authenticator } = await started([{ ...record, revoked_at: at(0) }]);
    expect(authenticator.authenticate({ token })).toMatchObject({ kind: "refused", reason: "revoked" });
    for (const other of [newKey().token, record.sha256, record.id, "", `${token} `, "x".repeat(1_000_000)])
      expect(authenticator.authenticate({ token: other })).toEqual({ kind: "refused", reason: "unknown" });
  });
});

describe("at the start", () => {
  it("a file that is not there accepts nobody, and is taken when it comes", async () => {
    const path = join(newFolder(), "keys.json");
    const { authenticator, clock, lines, outcomes } = made(path);
    await authenticator.start();
    const { record, token } = newKey();
    expect(authenticator.authenticate({ token })).toMatchObject({ kind: "refused" });
    expect(outcomes).toEqual(["missing"]);
    expect(lines).toMatchObject([{ outcome: "missing", keys: 0 }]);
    writeFileSync(path, keysFileText([record]));
    await until(async () => {
      await clock.advance(1_000);
      expect(authenticator.authenticate({ token })).toMatchObject({ kind: "accepted" });
    });
    expect(outcomes).toEqual(["missing", "loaded"]);
  });

  it("a file without a key accepts nobody", async () => {
    const { authenticator } = await started([]);
    expect(authenticator.authenticate({ token: newKey().token })).toMatchObject({ kind: "refused" });
  });

  it("a file that every user may write is warned of", async () => {
    const path = keysFileOf([newKey().record]);
    for (const [mode, warnings] of [
      [0o660, 0],
      [0o662, 1],
    ] as const) {
      chmodSync(path, mode);
      const { authenticator, lines } = made(path);
      await authenticator.start();
      expect(lines.filter(({ msg }) => String(msg).includes("may write the keys file"))).toHaveLength(
        warnings,
      );
    }
  });

  it("a file with a fault stops it, and the error names the file and the field", async () => {
    const path = join(newFolder(), "keys.json");
    writeFileSync(path, JSON.stringify({ format: 1, keys: [{ ...newKey().record, tenant: "a b" }] }));
    await expect(made(path).authenticator.start()).rejects.toThrow(
      `auth.keys_file: ${path}: keys.0.tenant: 1 to 64 of letters`,
    );
  });
});

describe("uses", () => {
  it("are counted by key, also while a connection is open, and written at the end", async () => {
    const [one, two] = [newKey(), newKey()];
    const { authenticator, clock, usesPath } = await started([one.record, two.record]);
    const first = authenticator.authenticate({ token: one.token });
    authenticator.authenticate({ token: one.token });
    authenticator.authenticate({ token: newKey().token });
    const open = first.kind === "accepted" ? [first.principal] : [];
    authenticator.watchUse(() => open);
    clock.jump(3_600_000);
    await authenticator.close();
    const uses = await readKeyUses(usesPath);
    expect([...uses.keys()]).toEqual([one.record.id]);
    expect(uses.get(one.record.id)).toEqual({ uses: 2, lastUsedAt: clock.wall() });
  });

  it("of keys that expire soon are warned of once a day, and counted", async () => {
    const soon = newKey({ expires_at: at(6 * day) });
    const unused = newKey({ expires_at: at(6 * day) });
    const later = newKey({ expires_at: at(8 * day) });
    const { authenticator, clock, lines } = await started([soon.record, unused.record, later.record]);
    for (const { token } of [soon, later]) authenticator.authenticate({ token });
    const warnings = () => lines.filter(({ msg }) => String(msg).startsWith("keys in use expire soon"));
    const tenSeconds = async () => {
      await clock.advance(10_000);
      await until(async () => expect(clock.armed).toBe(2)); // the next look at the file, and the next writing
    };
    await tenSeconds();
    expect(warnings()).toMatchObject([{ count: 1, keys: [{ id: soon.record.id, tenant: "desk" }] }]);
    expect(authenticator.expiring).toBe(1);
    await tenSeconds();
    expect(warnings()).toHaveLength(1);
    clock.jump(day);
    authenticator.authenticate({ token: soon.token });
    await tenSeconds();
    expect(warnings()).toHaveLength(2);
  });
});
