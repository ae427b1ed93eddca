/** Recognises the API keys of the config by the SHA-256 of their token. */
import { createHash } from "node:crypto";
import type { Clock } from "../clock.js";
import type { Config } from "../config/config.js";
import {
  type Authentication,
  type Authenticator,
  type Credentials,
  unknownCredential,
} from "./authenticator.js";
import { grantedPrincipal, type Principal } from "./principal.js";

/** Hex digits of a key's hash that name the key in the log: enough to tell keys apart, of no use for guessing one. */
const subjectDigits = 8;

export class ApiKeys implements Authenticator {
  readonly method = "key";
  private readonly byHash: ReadonlyMap<string, Principal>;

  constructor(
    keys: Config["auth"]["keys"],
    weightOf: (tenant: string) => number,
    private readonly clock: Pick<Clock, "wall">,
  ) {
    this.byHash = new Map(
      keys.map((key) => [
        key.sha256,
        grantedPrincipal(key, `key:${key.sha256.slice(0, subjectDigits)}`, weightOf),
      ]),
    );
  }

  authenticate({ token }: Credentials): Authentication {
    if (token === undefined) return unknownCredential;
    const principal = this.byHash.get(createHash("sha256").update(token).digest("hex"));
    if (principal === undefined) return unknownCredential;
    if (principal.expiresAt <= this.clock.wall()) return { kind: "refused", reason: "expired" };
    return { kind: "accepted", principal };
  }
}
