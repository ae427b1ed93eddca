/** Settings for TLS on the gateway's own port. */
import { z } from "zod";

const file = z.string().min(1).max(4_096);

export const tls = z
  .strictObject({
    cert: file.describe(
      "The file of the certificate in PEM, followed by the intermediate certificates that lead to its authority.",
    ),
    key: file.describe("The file of the certificate's private key in PEM, not encrypted."),
    client_ca: file
      .optional()
      .describe(
        "The file of the authorities in PEM whose client certificates are accepted. Where it is absent, clients are asked for no certificate.",
      ),
    client_certificate: z
      .enum(["require", "request"])
      .optional()
      .meta({ fallback: '`"require"` where `tls.client_ca` is given' })
      .describe(
        "Whether a client must show a certificate of `tls.client_ca` during the handshake, or may connect without one.",
      ),
    reload_ms: z
      .int()
      .min(50)
      .max(86_400_000)
      .default(5_000)
      .describe(
        "Milliseconds between two looks at these files. A change is taken up without a restart, and existing connections keep the certificate that they began with.",
      ),
  })
  .refine(
    ({ client_ca, client_certificate }) => client_certificate === undefined || client_ca !== undefined,
    {
      path: ["client_certificate"],
      message: "needs tls.client_ca, the file of the authorities whose certificates are accepted",
    },
  )
  .optional()
  .describe(
    "TLS 1.2 and 1.3 on the gateway's port. Where it is absent the port speaks plain HTTP and WebSocket.",
  );
