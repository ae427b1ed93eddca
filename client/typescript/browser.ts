/** The client in a browser. */
import { browserPlatform } from "./browser-socket.js";
import { connectOn } from "./connect.js";

export * from "./exports.js";

/**
 * Connects to a gateway, the first of several that answers.
 * @param urls wss://host/v1
 * @throws HeadgateError unavailable when none answers in time, unauthenticated for a wrong token
 */
export const connect = connectOn(browserPlatform);
