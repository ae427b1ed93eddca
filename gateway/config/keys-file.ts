/** Settings of the API keys that `headgate keys` keeps in a file, and of tokens that expire. */
import { z } from "zod";

export const keysFile = z
  .string()
  .min(1)
  .optional()
  .describe(
    "The file of API keys that `headgate keys` makes and changes. It is read again when it changes, without a restart. While it holds no key or is missing, no key of it is accepted, and a credential is required all the same.",
  );

export const expiryGrace = z
  .int()
  .min(0)
  .max(600_000)
  .default(30_000)
  .describe(
    "Milliseconds that an open connection goes on after its token expired, so that a client whose new token comes late can still send it in a `refresh`. New connections and HTTP requests have no grace.",
  );

export const expiryWarning = z
  .int()
  .min(0)
  .max(365)
  .default(7)
  .describe(
    "Days before the expiry of a key of the keys file from which on the log warns about it once a day, as long as the key is in use. With 0 it does not warn.",
  );
