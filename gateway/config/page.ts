/** Settings for the page that the gateway serves at `/`. */
import { z } from "zod";

export const page = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe(
        "Whether the gateway serves its page at `/`. The page's files need no token, and what it shows comes over the socket, which asks for one.",
      ),
  })
  .prefault({});
