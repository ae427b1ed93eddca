/**
 * The principals of tokens that were verified, by the SHA-256 of the token, so that a client's every HTTP request and
 * every reconnection does not verify its signature again. Refused tokens are not kept: anybody can send as many different
 * ones as they like, which would push out the good ones.
 */
import type { Principal } from "../principal.js";
import type { Issuer } from "./issuer.js";
import type { KeySet } from "./key-set.js";

export interface VerifiedToken {
  readonly principal: Principal;
  readonly issuer: Issuer;
  /** The key set that the token was verified with. With another one in force it must be verified again. */
  readonly keys: KeySet;
}

export class VerifiedTokens {
  /** From the one that was used longest ago to the latest: a map keeps the order of insertion. */
  private readonly tokens = new Map<string, VerifiedToken>();

  constructor(private readonly countMax: number) {}

  get size(): number {
    return this.tokens.size;
  }

  get(hash: string): VerifiedToken | undefined {
    const found = this.tokens.get(hash);
    if (found !== undefined) {
      this.tokens.delete(hash);
      this.tokens.set(hash, found);
    }
    return found;
  }

  add(hash: string, token: VerifiedToken): void {
    this.tokens.delete(hash);
    const [oldest] = this.tokens.keys();
    if (this.tokens.size >= this.countMax && oldest !== undefined) this.tokens.delete(oldest);
    this.tokens.set(hash, token);
  }

  remove(hash: string): void {
    this.tokens.delete(hash);
  }
}
