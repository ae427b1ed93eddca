import type { Principal } from "../auth/principal.js";

/** The client of a request, in the form that all faces share. */
export interface Requester {
  readonly principal: Principal;
  /** The name of the client's connection in the log. */
  readonly connection?: string;
  /**
   * True when the connection ended before all its frames were handled. They are not refused while draining, because
   * the client cannot be asked to send them again.
   */
  readonly left?: boolean;
}

/** The client's own identifier of a request, if it has one: for the log. */
export type RequestName = string | number | undefined;
