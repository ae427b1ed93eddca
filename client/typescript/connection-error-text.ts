/** What went wrong on the way to a gateway, in words that say what to do: TLS trouble is told as TLS trouble. */

/** Node's codes for a certificate that is not trusted, or is another name's. */
const certificate = /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_|ERR_TLS_CERT_)/;

export function connectionErrorText(error: Error & { readonly code?: string }, url: string): string {
  const code = error.code ?? "";
  if (certificate.test(code))
    return (
      `TLS: certificate verify failed: ${error.message}. Trust the authority that signed it ` +
      "(NODE_EXTRA_CA_CERTS names its file), and use the name that it was made for"
    );
  if (
    code === "ERR_SSL_WRONG_VERSION_NUMBER" ||
    code === "ERR_SSL_PACKET_LENGTH_TOO_LONG" ||
    code === "EPROTO"
  )
    return "TLS: the port does not speak TLS: use ws://, or the port that does";
  const cutShort = code === "ECONNRESET" && error.message === "socket hang up"; // an answer of TLS, to plain HTTP
  if (code.startsWith("HPE_") || (cutShort && url.startsWith("ws:")))
    return "the answer is no HTTP: is this a gateway, and does the port speak TLS (wss://)?";
  return error.message;
}
