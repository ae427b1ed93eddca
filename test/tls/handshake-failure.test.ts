/** The reasons under which failed handshakes are counted. */
import { expect, it } from "vitest";
import { handshakeFailureReason } from "../../gateway/tls/handshake-failure.js";

it.each([
  ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", "refused_by_client"],
  ["ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED", "refused_by_client"],
  ["ERR_SSL_HTTP_REQUEST", "plain_http"],
  ["ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE", "client_certificate_missing"],
  ["ERR_SSL_UNSUPPORTED_PROTOCOL", "protocol_version"],
  ["ECONNRESET", "incomplete"],
  ["ERR_SSL_SOMETHING_NEW", "other"],
  [undefined, "other"],
])("%s is %s", (code, reason) => {
  expect(handshakeFailureReason({ code })).toBe(reason);
});

it("what is wrong with the client's certificate stands before the hang-up that follows", () => {
  expect(handshakeFailureReason({ code: "ECONNRESET", certificateFault: "CERT_HAS_EXPIRED" })).toBe(
    "client_certificate_refused",
  );
});
