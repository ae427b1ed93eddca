/** The client under Node. */
import { connectOn } from "./connect.js";
import { nodePlatform } from "./node-socket.js";

export * from "./exports.js";

/**
 * Connects to a gateway, the first of several that answers.
 * @param urls ws://host:port/v1; default: HEADGATE_URL, several separated by commas
 * @throws HeadgateError unavailable when none answers in time, unauthenticated for a wrong token
 */
export const connect = connectOn(nodePlatform);
