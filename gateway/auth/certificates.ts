/**
 * Recognises client certificates by their subject alternative names. A token decides before a certificate: who brings
 * both is what the token says, and the certificate only secures the connection.
 */
import type { Clock } from "../clock.js";
import type { Config } from "../config/config.js";
import {
  type Authentication,
  type Authenticator,
  type ClientCertificate,
  type Credentials,
  unknownCredential,
} from "./authenticator.js";
import { grantedPrincipal, type Principal } from "./principal.js";

export class Certificates implements Authenticator {
  readonly method = "certificate";
  /** What each name grants, in the order of the config. The certificate itself says until when. */
  private readonly byName: ReadonlyMap<string, Principal>;

  constructor(
    certificates: Config["auth"]["certificates"],
    weightOf: (tenant: string) => number,
    private readonly clock: Pick<Clock, "wall">,
  ) {
    this.byName = new Map(
      certificates.map((granted) => [
        comparable(granted.subject_alt_name),
        grantedPrincipal(granted, `certificate:${granted.subject_alt_name}`, weightOf),
      ]),
    );
  }

  authenticate({ token, certificate }: Credentials): Authentication {
    if (token !== undefined || certificate === undefined) return unknownCredential;
    const { fault, expiresAt } = certificate;
    if (fault !== undefined) return { kind: "refused", reason: "certificate", detail: fault };
    // TLS has verified the times already; but an HTTP connection may be older than the certificate's end.
    if (expiresAt <= this.clock.wall()) return { kind: "refused", reason: "expired" };
    const granted = this.grantedTo(certificate);
    return granted === undefined
      ? { kind: "refused", reason: "certificate", detail: unknownNames(certificate) }
      : { kind: "accepted", principal: { ...granted, expiresAt } };
  }

  private grantedTo({ subjectAltNames }: ClientCertificate): Principal | undefined {
    const shown = new Set(subjectAltNames.map(comparable));
    for (const [name, granted] of this.byName) if (shown.has(name)) return granted;
    return undefined;
  }
}

/** Names of hosts have no case. */
function comparable(name: string): string {
  return name.startsWith("DNS:") ? name.toLowerCase() : name;
}

/** The names for the log, of which a certificate may have many. */
function unknownNames({ subjectAltNames }: ClientCertificate): string {
  if (subjectAltNames.length === 0) return "the certificate has no DNS or URI subject alternative name";
  return `no auth.certificates for ${subjectAltNames.join(", ").slice(0, 512)}`;
}
