/**
 * Many idle sockets in a process of their own, because a process may open only so many descriptors. Forked with
 * `gateway` or `bare`, a port and a count. It sends a message when all sockets are open, and exits when its parent
 * disconnects.
 */
import { BareClient, openMany } from "./bare-client.js";

const [side = "", portText = "", countText = ""] = process.argv.slice(2);
const [port, count] = [Number(portText), Number(countText)];

const open = () => (side === "bare" ? BareClient.open(port) : BareClient.welcomed(port));
const clients = await openMany(count, open);
process.once("disconnect", () => process.exit()); // The parent process has gone
process.send?.({ open: clients.length });
