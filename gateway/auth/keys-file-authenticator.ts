/**
 * Recognises the API keys of the keys file. It follows the file while the gateway runs, counts the uses of each key, and
 * warns of keys in use that will expire.
 */
import { stat } from "node:fs/promises";
import type { Logger } from "pino";
import { limits } from "../../protocol/limits.js";
import type { Clock } from "../clock.js";
import { ConfigError } from "../config/parse.js";
import {
  type Authentication,
  type Authenticator,
  type Credentials,
  unknownCredential,
} from "./authenticator.js";
import { FileKeys } from "./file-keys.js";
import { KeyExpiryWarnings } from "./key-expiry-warnings.js";
import type { KeyRecord } from "./key-records.js";
import { hashOfToken } from "./key-token.js";
import { KeyUses } from "./key-uses.js";
import { type KeysFileOutcome, KeysFileWatcher } from "./keys-file-watcher.js";
import { grantedPrincipal, type Principal } from "./principal.js";

export interface KeysFileOptions {
  readonly path: string;
  /** The file in the data folder for the uses. */
  readonly usesPath: string;
  readonly weightOf: (tenant: string) => number;
  readonly clock: Pick<Clock, "now" | "wall" | "after">;
  readonly log: Logger;
  /** Counts what became of each change of the file. */
  readonly reloaded: (outcome: KeysFileOutcome) => void;
  /** Days before a key's expiry from which on the log warns; 0: never. */
  readonly warningDays: number;
}

export class KeysFileAuthenticator implements Authenticator {
  readonly method = "key";
  /** Grows with each change of the keys in force. */
  generation = 0;
  private readonly keys: FileKeys;
  private readonly uses: KeyUses;
  private readonly warnings: KeyExpiryWarnings;
  private readonly watcher: KeysFileWatcher;
  /** Why the first reading of the file failed, which stops the start. */
  private fault: Error | undefined;
  private isStarted = false;
  private inUse: () => Iterable<Principal> = () => [];

  constructor(private readonly options: KeysFileOptions) {
    const { path, usesPath, weightOf, clock, log, warningDays } = options;
    this.keys = new FileKeys((record) => grantedPrincipal(record, `key:${record.id}`, weightOf));
    this.uses = new KeyUses(usesPath, clock, (error) =>
      log.warn(
        { err: error, file: usesPath },
        "the uses of API keys could not be written; they are counted on",
      ),
    );
    this.warnings = new KeyExpiryWarnings(warningDays, clock, log);
    this.watcher = new KeysFileWatcher(path, clock, {
      loaded: (records) => this.loaded(records),
      kept: (outcome, error) => this.kept(outcome, error),
    });
  }

  /** The number of keys in use that expire soon. */
  get expiring(): number {
    return this.warnings.expiring(this.keys, this.uses).length;
  }

  /** @param principals of the open connections: their keys count as in use */
  watchUse(principals: () => Iterable<Principal>): void {
    this.inUse = principals;
  }

  /** @throws ConfigError when the file is there and cannot be used; one that is not there may still come */
  async start(): Promise<void> {
    await this.uses.read();
    await this.warnOfWriters();
    await this.watcher.start();
    if (this.fault !== undefined)
      throw new ConfigError(`auth.keys_file: ${this.options.path}: ${this.fault.message}`);
    this.isStarted = true;
    this.uses.start(() => this.look());
  }

  authenticate({ token }: Credentials): Authentication {
    if (token === undefined || token.length > limits.token_length_max) return unknownCredential;
    const hash = hashOfToken(token);
    const key = this.keys.find(hash);
    if (key === undefined) {
      const id = this.keys.revokedId(hash);
      return id === undefined
        ? unknownCredential
        : { kind: "refused", reason: "revoked", detail: `key:${id}` };
    }
    const { principal, record } = key;
    if (principal.expiresAt <= this.options.clock.wall())
      return { kind: "refused", reason: "expired", detail: principal.subject };
    this.uses.used(record.id);
    return { kind: "accepted", principal };
  }

  review(principal: Principal): Principal | undefined {
    return this.keys.review(principal);
  }

  async close(): Promise<void> {
    await this.watcher.stop();
    this.noteUse();
    await this.uses.stop();
  }

  private loaded(records: readonly KeyRecord[]): void {
    const difference = this.keys.replace(records);
    this.generation++;
    this.uses.keepOnly(new Set(records.map(({ id }) => id)));
    this.options.reloaded("loaded");
    this.options.log.info(
      { file: this.options.path, keys: this.keys.count, ...difference },
      "keys file read",
    );
  }

  private kept(outcome: Exclude<KeysFileOutcome, "loaded">, error: Error): void {
    if (!this.isStarted && outcome === "rejected") this.fault = error;
    this.options.reloaded(outcome);
    this.options.log.error(
      { file: this.options.path, outcome, reason: error.message, keys: this.keys.count },
      "the keys file cannot be used; the keys that were read last stay in force",
    );
  }

  /** Whoever can write the file can give themselves a key with every right. */
  private async warnOfWriters(): Promise<void> {
    const { path, log } = this.options;
    const mode = await stat(path).then(
      (found) => found.mode,
      () => 0,
    );
    if ((mode & 0o002) !== 0)
      log.warn(
        { file: path },
        "every user of this machine may write the keys file: chmod o-w takes that away",
      );
  }

  private look(): void {
    this.noteUse();
    this.warnings.look(this.keys, this.uses);
  }

  private noteUse(): void {
    for (const principal of this.inUse()) {
      const key = this.keys.ofPrincipal(principal);
      if (key !== undefined) this.uses.seen(key.record.id);
    }
  }
}
