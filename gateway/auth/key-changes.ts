/** What the commands of `headgate keys` make of the records of a keys file. Pure. */
import { type KeyRecord, KeysFileError, keyRecordsMax, stateOf } from "./key-records.js";
import { hashOfToken, newKeyId, newToken } from "./key-token.js";

/** What a new key grants, and for how long. */
export type NewKey = Omit<KeyRecord, "id" | "sha256" | "created_at" | "revoked_at">;

export interface CreatedKey {
  readonly record: KeyRecord;
  /** Shown once, and kept nowhere. */
  readonly token: string;
}

export function createdKey(records: readonly KeyRecord[], key: NewKey, wallNow: number): CreatedKey {
  if (records.length >= keyRecordsMax)
    throw new KeysFileError(
      `the file holds ${records.length} keys, which is the most: remove those that expired or were revoked`,
    );
  const id = newKeyId();
  const token = newToken(id);
  const { tenant, namespace, scopes, topics, ...rest } = key;
  const grants = { tenant, namespace, scopes, topics };
  return {
    record: { id, sha256: hashOfToken(token), ...grants, created_at: iso(wallNow), ...rest },
    token,
  };
}

/** Revokes keys; those that were revoked before keep their time. */
export function withRevoked(
  records: readonly KeyRecord[],
  ids: readonly string[],
  wallNow: number,
): KeyRecord[] {
  for (const id of ids) recordOf(records, id);
  return records.map((record) =>
    ids.includes(record.id) && record.revoked_at === undefined
      ? { ...record, revoked_at: iso(wallNow) }
      : record,
  );
}

export interface KeyRotation {
  readonly records: readonly KeyRecord[];
  readonly successor: CreatedKey;
  /** The old key, which expires after the overlap. */
  readonly predecessor: KeyRecord;
}

export interface RotationTimes {
  readonly overlapMs: number;
  /** When the new key expires, if at all; `as before`: after the same lifetime as the old one, if that had one. */
  readonly expiry: Pick<KeyRecord, "expires_at"> | "as before";
}

/** Adds a key with the grants of another one, which from now on has only the overlap left. */
export function rotated(
  records: readonly KeyRecord[],
  id: string,
  { overlapMs, expiry }: RotationTimes,
  wallNow: number,
): KeyRotation {
  const old = recordOf(records, id);
  const state = stateOf(old, wallNow);
  if (state !== "active") throw new KeysFileError(`key ${id} is ${state}: create a new one instead`);
  const { tenant, namespace, scopes, topics, note } = old;
  const key = {
    tenant,
    namespace,
    scopes,
    topics,
    ...(expiry === "as before" ? sameLifetime(old, wallNow) : expiry),
    ...(note !== undefined && { note }),
  };
  const successor = createdKey(records, key, wallNow);
  const end = Math.min(
    wallNow + overlapMs,
    old.expires_at === undefined ? Infinity : Date.parse(old.expires_at),
  );
  const predecessor = { ...old, expires_at: iso(end) };
  const others = records.map((record) => (record === old ? predecessor : record));
  return { records: [...others, successor.record], successor, predecessor };
}

function sameLifetime({ created_at, expires_at }: KeyRecord, wallNow: number): Pick<KeyRecord, "expires_at"> {
  if (expires_at === undefined) return {};
  return { expires_at: iso(wallNow + Math.max(0, Date.parse(expires_at) - Date.parse(created_at))) };
}

function recordOf(records: readonly KeyRecord[], id: string): KeyRecord {
  const found = records.find((record) => record.id === id);
  if (found !== undefined) return found;
  // Whoever wants to revoke a token that leaked may have nothing else; it is not repeated here.
  const idInToken = /^hg_([0-9a-z]{4,32})_/.exec(id)?.[1];
  if (idInToken !== undefined)
    throw new KeysFileError(`that is a token; name the key by its id, the part between hg_ and the next _`);
  throw new KeysFileError(`there is no key ${id}: headgate keys list tells which there are`);
}

function iso(wall: number): string {
  return new Date(wall).toISOString();
}
