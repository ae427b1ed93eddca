/** The client in a browser. */
import { browserPlatform } from "./browser-socket.js";
import { connectOn } from "./connect.js";
import type { Gate } from "./gate.js";
import type { ConnectOptions } from "./options.js";

export * from "./exports.js";

/**
 * Connects to a gateway, the first of several that answers.
 * @param urls wss://host/v1, one or several
 * @param options settings of the client; with `wait: false` it connects in the background
 * @throws {@link UnavailableError} when none answers in time, with the addresses
 * @throws {@link HeadgateError} `unauthenticated` for a wrong token
 */
export function connect(urls?: string | readonly string[], options: ConnectOptions = {}): Promise<Gate> {
  return connectOn(browserPlatform, urls, options);
}
