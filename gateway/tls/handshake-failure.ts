/** Why a TLS handshake came to nothing, in the few words that a metric can carry. Pure. */

/** What Node tells of a failed handshake: its error, and what was wrong with the client's certificate. */
export interface HandshakeError {
  readonly code?: string | undefined;
  /** The code of what is wrong with the certificate that the client showed, such as CERT_HAS_EXPIRED. */
  readonly certificateFault?: string | undefined;
}

export type HandshakeFailureReason =
  | "plain_http"
  | "no_tls"
  | "protocol_version"
  | "no_common_cipher"
  | "application_protocol"
  | "client_certificate_missing"
  | "client_certificate_refused"
  | "refused_by_client"
  | "incomplete"
  | "other";

export function handshakeFailureReason({
  code = "",
  certificateFault,
}: HandshakeError): HandshakeFailureReason {
  if (certificateFault !== undefined) return "client_certificate_refused";
  const exact = reasons.get(code);
  if (exact !== undefined) return exact;
  // The client's alert says what it holds against our certificate, such as unknown_ca or certificate_expired.
  if (/_ALERT_/.test(code)) return "refused_by_client";
  if (/_CERTIFICATE_|CERT_/.test(code)) return "client_certificate_refused";
  return "other";
}

const reasons: ReadonlyMap<string, HandshakeFailureReason> = new Map([
  ["ERR_SSL_HTTP_REQUEST", "plain_http"],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "no_tls"],
  ["ERR_SSL_HTTPS_PROXY_REQUEST", "no_tls"],
  ["ERR_SSL_PACKET_LENGTH_TOO_LONG", "no_tls"],
  ["ERR_SSL_UNSUPPORTED_PROTOCOL", "protocol_version"],
  ["ERR_SSL_UNKNOWN_PROTOCOL", "protocol_version"],
  ["ERR_SSL_VERSION_TOO_LOW", "protocol_version"],
  ["ERR_SSL_NO_SHARED_CIPHER", "no_common_cipher"],
  ["ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM", "no_common_cipher"],
  ["ERR_SSL_NO_SUITABLE_KEY_SHARE", "no_common_cipher"],
  ["ERR_SSL_NO_APPLICATION_PROTOCOL", "application_protocol"],
  ["ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE", "client_certificate_missing"],
  // The client hung up, or its time was over, or its place went to another connection.
  ["ECONNRESET", "incomplete"],
  ["EPIPE", "incomplete"],
]);
