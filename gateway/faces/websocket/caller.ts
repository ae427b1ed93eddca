import type { Principal } from "../../auth/keys.js";
import type { Requester } from "../../requests/requester.js";

/** Who asks over one connection, from its hello on. */
export interface Caller extends Requester {
  /** Another once its token was renewed. */
  principal: Principal;
  readonly connection: string;
  left: boolean;
}
