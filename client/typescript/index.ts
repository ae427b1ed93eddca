/** The client under Node. */
import { connectOn } from "./connect.js";
import type { Gate } from "./gate.js";
import { nodePlatform } from "./node-socket.js";
import type { ConnectOptions } from "./options.js";

export * from "./exports.js";

/**
 * Connects to a gateway, the first of several that answers.
 * @param urls ws://host:port/v1, one or several; by default those of HEADGATE_URL, separated by commas
 * @param options settings of the client; with `wait: false` it connects in the background
 * @throws {@link UnavailableError} when none answers in time, with the addresses and the cause
 * @throws {@link HeadgateError} `unauthenticated` for a wrong token
 */
export function connect(urls?: string | readonly string[], options: ConnectOptions = {}): Promise<Gate> {
  return connectOn(nodePlatform, urls, options);
}
