/**
 * What watching costs: requests a second of the same gateway while nobody watches, while one client watches every topic
 * as often as the gateway offers, and while twenty do. The sides take turns, and the harness and the gateway share the machine.
 */
import { connect, type Gate, tensor, type WatchTopic } from "../../client/typescript/index.js";
import { limits } from "../../protocol/limits.js";
import { watchTopics } from "../../protocol/samples.js";
import { askRate } from "../harness/closed-loop.js";
import { startGateway } from "../harness/gateway.js";
import { interleaved } from "../harness/interleaved.js";
import { inRepository } from "../harness/places.js";
import { type ReportRow, rate } from "../report.js";

const sockets = 8;
const inFlight = 64;
const model = "market-impact";
const width = 16;
const manyWatchers = 20;

export async function watch(say: (line: string) => void): Promise<ReportRow[]> {
  const gateway = await startGateway({ models: inRepository("models") });
  const gates: Gate[] = [];
  try {
    const open = async (count: number) => {
      const opened = await Promise.all(
        Array.from({ length: count }, () => connect(`ws://127.0.0.1:${gateway.port}/v1`)),
      );
      gates.push(...opened);
      return opened;
    };
    const asking = await open(sockets);
    const watchers = await open(manyWatchers);
    const side = (count: number) => async (ms: number) => {
      const watched = count === 0 ? undefined : watchAll(watchers.slice(0, count));
      try {
        return await askRate({ lanes: inFlight, durationMs: ms }, (call, lane) => {
          const X = tensor(new Float32Array(width).fill(Math.sin(call)), [1, width]);
          return (asking[lane % sockets] as Gate).infer(model, { X });
        });
      } finally {
        watched?.stop(say);
      }
    };
    say(`  ${model}, ${sockets} sockets, ${inFlight} in flight, every topic as often as offered`);
    const sides = { none: side(0), one: side(1), twenty: side(manyWatchers) };
    const { none, one, twenty } = await interleaved(sides, "inferences/s", say);
    return [
      rate("one client watches every topic", "1/s", one, "nobody watches", none),
      rate(`${manyWatchers} clients watch every topic`, "1/s", twenty, "nobody watches", none),
    ];
  } finally {
    await Promise.all(gates.map((gate) => gate.close()));
    await gateway.stop();
  }
}

/** Watches every topic by every client. `stop` fails the suite when a client got no sample of a topic. */
function watchAll(watchers: readonly Gate[]) {
  const seen = new Map<WatchTopic, number>();
  const watches = watchers.flatMap((gate) =>
    watchTopics.map((topic) =>
      gate.watch(topic, { intervalMs: limits.watch_interval_ms_min }, () =>
        seen.set(topic, (seen.get(topic) ?? 0) + 1),
      ),
    ),
  );
  return {
    stop(say: (line: string) => void) {
      for (const watch of watches) watch.stop();
      say(`    samples: ${[...seen].map(([topic, count]) => `${topic} ${count}`).join(", ")}`);
      if (seen.size < watchTopics.length) throw new Error("a topic brought no sample");
    },
  };
}
