/**
 * Many sockets that do nothing, in a process of their own, for the descriptors of a process are few: forked with
 * `gateway` or `bare`, a port and how many, it says so when all are open and goes when it is told.
 */
import { BareClient, openMany } from "./bare-client.js";

const [side = "", portText = "", countText = ""] = process.argv.slice(2);
const [port, count] = [Number(portText), Number(countText)];

const open = () => (side === "bare" ? BareClient.open(port) : BareClient.welcomed(port));
const clients = await openMany(count, open);
process.once("disconnect", () => process.exit()); // whoever forked it has gone
process.send?.({ open: clients.length });
