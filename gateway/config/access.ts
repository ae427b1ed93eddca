/** Settings for authentication, and for the tenants that share the gateway. */
import { z } from "zod";
import { issuers, verifiedTokens } from "./issuers.js";
import { expiryGrace, expiryWarning, keysFile } from "./keys-file.js";
import { tenantQuotas } from "./quotas.js";
import { scope, scopes, topicPattern } from "./scopes.js";
import { name, port, tokenHash } from "./values.js";

/** What a credential grants, whichever kind it is of. */
export const grants = {
  tenant: name.describe(
    "The tenant that requests with this credential count for, in fairness and in metrics.",
  ),
  namespace: name
    .default("default")
    .describe("The namespace whose streams, topics, kept fits and idempotency keys this credential shares."),
  scopes: z
    .array(scope)
    .default([...scopes])
    .describe(
      `What the credential may do: ${scopes.join(", ")}. Where it is absent the credential may do all of it.`,
    ),
  topics: z
    .array(topicPattern)
    .max(1_024) // each request on a stream looks through them
    .default(["*"])
    .describe(
      "The topics whose streams the credential may read and write, such as regime.btc, or a beginning followed by *, such as regime.desk-a/*.",
    ),
};

const key = z.strictObject({
  sha256: tokenHash.describe("SHA-256 of the token, in hex. The token itself is never kept."),
  ...grants,
  expires_at: z.iso
    .datetime({ offset: true })
    .optional()
    .describe(
      "When the token stops being accepted, as an ISO 8601 time. Where it is absent the token does not expire.",
    ),
});

const certificate = z.strictObject({
  subject_alt_name: z
    .string()
    .regex(
      /^(?:DNS:[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*|URI:spiffe:\/\/[!-~]+)$/,
      "DNS: and a host's name, or URI: and a SPIFFE identifier, such as DNS:agent-1.desk or URI:spiffe://desk/agent-1",
    )
    .max(2_048)
    .describe(
      "A subject alternative name of the certificate, exactly: DNS:agent-1.desk or URI:spiffe://desk/agent-1. The common name counts for nothing.",
    ),
  ...grants,
});

export const auth = z
  .strictObject({
    keys: z
      .array(key)
      .default([])
      .describe(
        "The tokens that are accepted. Without any of them, a `keys_file` and any of `issuers` and `certificates`, whoever reaches the port may use the gateway: then it listens on a loopback address only.",
      ),
    keys_file: keysFile,
    certificates: z
      .array(certificate)
      .max(10_000)
      .default([])
      .describe(
        "What client certificates of `tls.client_ca` grant, by name. Where a certificate has several of these names, the first in this list decides.",
      ),
    issuers,
    verified_tokens: verifiedTokens,
    expiry_grace_ms: expiryGrace,
    expiry_warning_days: expiryWarning,
    allowed_origins: z
      .array(z.url())
      .default([])
      .describe(
        "Browser origins that may send requests, read their answers and connect, such as https://desk.example. An absent Origin passes, and so does that of a page that the gateway itself served.",
      ),
    allowed_hosts: z
      .array(z.string().regex(/^[A-Za-z0-9._-]{1,253}$/, "a host name without a port"))
      .default([])
      .describe(
        "Names under which clients reach the gateway, such as gateway.example. A gateway on a loopback address refuses other names than localhost, because a web page can make any name of its own mean this machine.",
      ),
  })
  .prefault({});

export const tenants = z
  .record(
    name,
    z.strictObject({
      weight: z
        .number()
        .min(0.01)
        .max(1_000)
        .default(1)
        .describe("The tenant's share of a busy model or of the fits' workers, where others have 1."),
      quotas: tenantQuotas,
    }),
  )
  .default({})
  .describe("Settings of single tenants, by name.");

export const metrics = z
  .strictObject({
    sha256: tokenHash
      .optional()
      .describe(
        "SHA-256 of a token that may scrape `/metrics`, in hex, beside the credentials with the scope metrics:read. On a gateway without credentials, whoever reaches the port may scrape where it is absent.",
      ),
    host: z
      .string()
      .min(1)
      .default("127.0.0.1")
      .describe("The address that `metrics.port` listens on. Without that port it has no effect."),
    port: port
      .optional()
      .describe(
        "A port of its own for `/metrics`, which the gateway's own port then no longer answers. Health checks are answered at both.",
      ),
    tls: z
      .boolean()
      .default(false)
      .describe(
        "Whether `metrics.port` speaks TLS, with the certificate of `tls`. Clients are asked for no certificate there, so that health checks and scrapers need none.",
      ),
  })
  .prefault({});
