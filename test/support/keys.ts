/** Keys files for tests, and the tokens of their keys. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type CreatedKey, createdKey, type NewKey } from "../../gateway/auth/key-changes.js";
import { type KeyRecord, keysFileText } from "../../gateway/auth/key-records.js";
import { scopes } from "../../gateway/auth/scopes.js";

const created = Date.parse("2026-11-01T00:00:00Z");

/** A new key with all rights, of the tenant `desk` where nothing else is said. */
export function newKey(given: Partial<NewKey> = {}): CreatedKey {
  const all = { tenant: "desk", namespace: "default", scopes: [...scopes], topics: ["*"] };
  return createdKey([], { ...all, ...given }, created);
}

/** An empty folder of the test's own, removed after it. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "headgate-keys-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a keys file and answers its path. */
export function keysFileOf(records: readonly KeyRecord[], folder = newFolder()): string {
  const path = join(folder, "keys.json");
  writeFileSync(path, keysFileText(records), { mode: 0o600 });
  return path;
}
