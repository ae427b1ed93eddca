import type { Principal } from "../../auth/principal.js";
import type { Requester } from "../../requests/requester.js";

/** The client of a connection, once its hello was accepted. */
export interface Caller extends Requester {
  /** Replaced when the client renews its token. */
  principal: Principal;
  readonly connection: string;
  left: boolean;
}
