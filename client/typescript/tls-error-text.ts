/** What went wrong in a TLS handshake, in a sentence that says what to do. The Python client says the same. */

type TlsError = Error & {
  readonly code?: string;
  /** The host that was wanted, and the certificate that was shown, where their names differ. */
  readonly host?: string;
  readonly cert?: { readonly subjectaltname?: string };
};

/** @returns undefined for an error that is none of TLS */
export function tlsText(error: TlsError, hasCertificate: boolean): string | undefined {
  const code = error.code ?? "";
  const advice = certificateAdvice(error);
  if (advice !== undefined) return `certificate verify failed: ${error.message}. ${advice}`;
  const alert = alerts.find(([pattern]) => pattern.test(`${code} ${error.message}`));
  if (alert !== undefined) return alert[1];
  if (noTls.test(code) || noTls.test(error.message.replaceAll(" ", "_").toUpperCase()))
    return "the port does not speak TLS: use ws://, or the port that does";
  if (hasCertificate && code === "ECONNRESET")
    return (
      "the connection was reset in the handshake: the gateway may not accept this client's certificate, because of its " +
      "authority, its age or its purpose; the gateway's log says which"
    );
  return code === "EPROTO" || code.startsWith("ERR_SSL_")
    ? `the handshake failed: ${error.message}`
    : undefined;
}

const noTls = /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|RECORD_LAYER_FAILURE/;

function certificateAdvice({ code = "", host, cert }: TlsError): string | undefined {
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    const names = cert?.subjectaltname?.replaceAll(/(?:DNS|IP Address):/g, "") || "no name at all";
    return `The certificate is for ${names}, not for ${host}: use a name that it was made for, or have it made for ${host}`;
  }
  if (code === "CERT_HAS_EXPIRED")
    return "The certificate has expired: whoever runs the gateway must renew it, unless this machine's clock is wrong";
  if (code === "CERT_NOT_YET_VALID")
    return "The certificate is not valid yet: is this machine's clock right?";
  if (/^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_)/.test(code))
    return (
      "No authority that is trusted here signed it: trust the one that did (its file's text as `ca` of `tls`, or " +
      "NODE_EXTRA_CA_CERTS with the file's name)"
    );
  return undefined;
}

/** What the gateway answers a handshake with that it refuses, by OpenSSL's words. */
const alerts: readonly (readonly [RegExp, string])[] = [
  [
    /alert.certificate.required|alert.handshake.failure/i,
    "the gateway asks for a client certificate, or shares no cipher with this client: give `cert` and `key` of `tls`",
  ],
  [
    /alert.(bad.certificate|unknown.ca|certificate.(expired|revoked|unknown)|unsupported.certificate)/i,
    "the gateway does not accept this client's certificate: its log says why",
  ],
  [
    /alert.protocol.version|UNSUPPORTED_PROTOCOL/i,
    "this client and the gateway share no version of TLS: it takes 1.2 and 1.3",
  ],
];
