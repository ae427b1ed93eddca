import type { Principal } from "../../auth/keys.js";
import type { Asker } from "../../requests/asker.js";

/** Who asks over one connection, from its hello on. */
export interface Caller extends Asker {
  /** Another once its token was renewed. */
  principal: Principal;
  readonly connection: string;
  left: boolean;
}
