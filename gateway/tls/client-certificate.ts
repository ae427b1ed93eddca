/** The identity of a client's certificate: its subject alternative names. The common name counts for nothing. */
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";

/** A certificate that the client proved to hold the key of. */
export interface PresentedCertificate {
  /** The names of the kinds DNS and URI, such as `DNS:agent-1.desk` and `URI:spiffe://desk/agent`. */
  readonly subjectAltNames: readonly string[];
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Why the certificate is not trusted, as OpenSSL names it; undefined when an authority of ours signed it. */
  readonly fault: string | undefined;
}

/** The certificate of the client at the other end; undefined without TLS, or when it showed none. */
export function presentedCertificate(socket: Socket): PresentedCertificate | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const { authorizationError: fault } = socket;
  return {
    subjectAltNames: subjectAltNames(certificate.subjectAltName ?? ""),
    expiresAt: Date.parse(certificate.validTo),
    fault: socket.authorized ? undefined : String(fault ?? "UNSPECIFIED"),
  };
}

/**
 * The names of a certificate as Node writes them: separated by a comma and a space, and quoted as JSON where a name
 * itself holds a comma, a quote or the like. Such names are left out: no name that can be configured looks like that,
 * and taking them apart has let forged names pass (CVE-2021-44532).
 */
export function subjectAltNames(written: string): readonly string[] {
  return written
    .replace(/[A-Za-z ]+:"(?:[^"\\]|\\.)*"/g, "")
    .split(", ")
    .filter((name) => /^(?:DNS|URI):[!-~]+$/.test(name));
}
