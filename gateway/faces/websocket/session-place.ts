/** The place of a session among all connections. */
import type { Principal } from "../../auth/principal.js";
import type { ConnectionRefusal } from "./connection-refusal.js";

export interface SessionPlace {
  /** Nobody replaces the connection until the returned function is called. */
  keep(): () => void;
  /**
   * Counts the connection as the client's, once its hello was accepted; answers why that cannot be, or undefined.
   */
  promote(principal: Principal): ConnectionRefusal | undefined;
}
