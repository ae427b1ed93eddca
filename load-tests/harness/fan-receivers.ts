/**
 * Thousands of receivers in a process of their own, because one process may not open enough descriptors for both
 * sides. Forked with `gateway` or `bare` and a port. For each message it sends back the milliseconds until the last
 * receiver had it.
 */
import { BareClient, openMany } from "./bare-client.js";
import { observeFrame, watching } from "./feed.js";

const [side = "", portText = "", countText = ""] = process.argv.slice(2);
const [port, count] = [Number(portText), Number(countText)];

/**
 * @returns the clients, and a function that sends one message to all of them; on the bare side the message consists
 * of the given bytes
 */
async function prepare(): Promise<{ clients: BareClient[]; send: (bytes: Uint8Array) => void }> {
  if (side === "bare") {
    const sender = await BareClient.open(port);
    const clients = await openMany(count, () => BareClient.open(port));
    return { clients, send: (bytes) => sender.socket.send(bytes) };
  }
  const feed = await BareClient.welcomed(port);
  feed.send({ type: "open", id: 1, stream: "SPX", ...watching }, observeFrame("SPX", 0, 60, 2));
  await feed.answer(2);
  const clients = await openMany(count, async () => {
    const client = await BareClient.welcomed(port);
    client.send({ type: "subscribe", id: 1, topic: "regime.SPX" });
    await client.frame(({ type }) => type === "snapshot");
    return client;
  });
  let day = 60;
  return {
    clients,
    send() {
      // The first of the two days changes the regime, the second brings no further change.
      feed.send(observeFrame("SPX", day, 2));
      day += 2;
    },
  };
}

const { clients, send } = await prepare();
process.on("message", (bytes: string) => {
  let left = clients.length;
  const started = performance.now();
  const heard = (message: Buffer) => {
    if (--left > 0) return;
    process.send?.({ ms: performance.now() - started, bytes: message.toString("base64") });
  };
  for (const { socket } of clients) socket.once("message", heard);
  send(Buffer.from(bytes, "base64"));
});
process.once("disconnect", () => process.exit()); // The parent process has gone
process.send?.({ ready: true });
