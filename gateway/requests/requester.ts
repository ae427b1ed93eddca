import type { Principal } from "../auth/keys.js";

/** Who asks, by whichever face. */
export interface Requester {
  readonly principal: Principal;
  /** What the log calls its connection. */
  readonly connection?: string;
  /** It went before what it had sent was taken: it cannot be told to ask again, so that it is not refused while draining. */
  readonly left?: boolean;
}

/** What the asker calls one of its requests, if it does: for the log. */
export type RequestName = string | number | undefined;
