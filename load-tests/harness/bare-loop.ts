/**
 * A closed loop over connections without the client library, whose cost is the same on both sides of a row. Every
 * answer is followed by the next request, and the requests that are ready together go in one message.
 */
import type { ClientFrame } from "../../protocol/frames.js";
import type { BareClient } from "./bare-client.js";

/** Answers a second of all connections together, each with so many requests in flight. */
export async function loopRate(
  clients: readonly BareClient[],
  inFlight: number,
  durationMs: number,
  request: (id: number) => ClientFrame,
): Promise<number> {
  const started = performance.now();
  const until = started + durationMs;
  const answers = await Promise.all(clients.map((client) => loop(client, inFlight, until, request)));
  return answers.reduce((sum, each) => sum + each, 0) / ((performance.now() - started) / 1_000);
}

/** @throws Error when a request fails: a refusal is cheaper than an answer */
function loop(
  client: BareClient,
  inFlight: number,
  until: number,
  request: (id: number) => ClientFrame,
): Promise<number> {
  return new Promise((resolve, reject) => {
    let [next, answers, open] = [1, 0, inFlight];
    const stop = client.hearMessages((frames) => {
      const failed = frames.find(({ type }) => type !== "result");
      if (failed !== undefined) return end(() => reject(new Error(`answered ${JSON.stringify(failed)}`)));
      answers += frames.length;
      if (performance.now() < until) return client.send(...frames.map(() => request(next++)));
      open -= frames.length;
      if (open === 0) end(() => resolve(answers));
    });
    const end = (settle: () => void) => {
      stop();
      settle();
    };
    client.send(...Array.from({ length: inFlight }, () => request(next++)));
  });
}
