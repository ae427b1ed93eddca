/**
 * Recognises JSON Web Tokens. A token's `iss` chooses among the configured issuers, and only that issuer's own keys verify
 * it: in other servers a cache of keys by `kid` alone let one issuer's key verify another's token (CVE-2026-49998).
 */
import { createHash, type KeyObject } from "node:crypto";
import type { Clock } from "../../clock.js";
import type { Authentication, Authenticator, Credentials } from "../authenticator.js";
import { unknownCredential } from "../authenticator.js";
import { checkToken } from "./claim-checks.js";
import { grantsOf } from "./grants.js";
import type { Issuer } from "./issuer.js";
import type { KeySet } from "./key-set.js";
import { refusalOf, verifiedClaims } from "./signature.js";
import { TokenRefusal } from "./token-refusal.js";
import { looksLikeToken, readToken, type UnverifiedToken } from "./unverified-token.js";
import { VerificationQueue } from "./verification-queue.js";
import { VerifiedTokens } from "./verified-tokens.js";

export interface JwtDependencies {
  readonly clock: Pick<Clock, "wall">;
  readonly weightOf: (tenant: string) => number;
  /** The number of verified tokens that are remembered. */
  readonly rememberedMax: number;
}

export class JwtAuthenticator implements Authenticator {
  readonly method = "jwt";
  private readonly byName: ReadonlyMap<unknown, Issuer>;
  private readonly verified: VerifiedTokens;
  private readonly queue = new VerificationQueue();
  /** Verifications under way, by the token's hash: a thousand sockets that reconnect with one token share one. */
  private readonly pending = new Map<string, Promise<Authentication>>();

  constructor(
    private readonly issuers: readonly Issuer[],
    private readonly dependencies: JwtDependencies,
  ) {
    this.byName = new Map(issuers.map((issuer) => [issuer.settings.issuer, issuer]));
    this.verified = new VerifiedTokens(dependencies.rememberedMax);
  }

  /** Settles when each issuer's key set was read, or could not be. */
  async start(): Promise<void> {
    await Promise.all(this.issuers.map(({ keys }) => keys.start()));
  }

  close(): void {
    for (const { keys } of this.issuers) keys.close();
  }

  /** How old each issuer's key set is, for the metrics. */
  get keySetAges(): { readonly issuer: string; readonly ageMs: number | undefined }[] {
    return this.issuers.map(({ settings: { issuer }, keys: { ageMs } }) => ({ issuer, ageMs }));
  }

  authenticate({ token }: Credentials): Authentication | Promise<Authentication> {
    if (token === undefined || !looksLikeToken(token)) return unknownCredential;
    try {
      const unverified = readToken(token);
      const hash = createHash("sha256").update(token).digest("base64");
      return this.remembered(hash) ?? this.pending.get(hash) ?? this.begin(hash, token, unverified);
    } catch (error) {
      return refusalOf(error);
    }
  }

  /** A token that was verified before holds while it has not expired and its issuer's keys are still the same. */
  private remembered(hash: string): Authentication | undefined {
    const known = this.verified.get(hash);
    if (known === undefined) return undefined;
    const { principal, issuer, keys } = known;
    if (principal.expiresAt > this.dependencies.clock.wall() && issuer.keys.current === keys)
      return { kind: "accepted", principal };
    this.verified.remove(hash);
    return undefined;
  }

  private begin(hash: string, token: string, unverified: UnverifiedToken): Promise<Authentication> {
    const issuer = this.byName.get(unverified.claims["iss"]);
    if (issuer === undefined)
      throw new TokenRefusal("unknown_issuer", `iss is none of ${[...this.byName.keys()].join(", ")}`);
    const expiresAt = checkToken(unverified, issuer, this.dependencies.clock.wall());
    const verification = this.verify(hash, token, unverified, issuer, expiresAt)
      .catch(refusalOf)
      .finally(() => this.pending.delete(hash));
    this.pending.set(hash, verification);
    return verification;
  }

  private async verify(
    hash: string,
    token: string,
    unverified: UnverifiedToken,
    issuer: Issuer,
    expiresAt: number,
  ): Promise<Authentication> {
    const { clock, weightOf } = this.dependencies;
    const { keys, candidates } = await candidatesFor(unverified, issuer);
    const claims = await this.queue.run(() => verifiedClaims(token, candidates, issuer, clock.wall()));
    const grants = grantsOf(claims, issuer);
    const principal = { ...grants, weight: weightOf(grants.tenant), expiresAt };
    this.verified.add(hash, { principal, issuer, keys });
    return { kind: "accepted", principal };
  }
}

interface Candidates {
  readonly keys: KeySet;
  readonly candidates: readonly KeyObject[];
}

/** The keys of this issuer that may have signed the token; when there are none, once more after reading its set again. */
async function candidatesFor({ algorithm, kid }: UnverifiedToken, { keys }: Issuer): Promise<Candidates> {
  const find = () => {
    const { current } = keys;
    const candidates = current?.candidates(algorithm, kid) ?? [];
    return current === undefined || candidates.length === 0 ? undefined : { keys: current, candidates };
  };
  const found = find();
  if (found !== undefined) return found;
  await keys.renew();
  const later = find();
  if (later !== undefined) return later;
  if (keys.current === undefined)
    throw new TokenRefusal("issuer_unavailable", "the issuer's key set could not be read for too long");
  if (keys.failing)
    throw new TokenRefusal(
      "issuer_unavailable",
      "the last key set has no such key, and no newer one can be read",
    );
  throw new TokenRefusal("unknown_key", "the issuer's key set has no such key for this algorithm");
}
