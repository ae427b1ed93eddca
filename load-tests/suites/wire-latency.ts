/** The time of one request where no other is on its way: mostly that of processes and threads that wake each other. */
import { askTimes } from "../harness/closed-loop.js";
import { inRounds, type MeasureSide, type RoundBounds } from "../harness/interleaved.js";
import type { LeanClient } from "../harness/lean-client.js";
import { cost, median, type ReportRow } from "../report.js";
import { ask, type WireSides } from "./wire-sides.js";

const name = "p50 at 1 in flight";
/** Requests between two looks at the clock that ends a round. */
const atOnce = 100;

export async function latency(
  { gates, lean }: WireSides,
  bounds: RoundBounds,
  say: (line: string) => void,
): Promise<ReportRow[]> {
  const [gate] = gates;
  if (gate === undefined) throw new Error("there is no gateway to ask");
  const by = ([client]: readonly LeanClient[]) => p50Of((count) => (client as LeanClient).times(count));
  let calls = 0;
  const found = await inRounds(
    {
      "lean client": by(lean.gateway),
      "TypeScript client": p50Of((count) => askTimes(count, () => ask(gate, calls++))),
      echo: by(lean.echo),
      "bare Node": by(lean.bare),
    },
    "us",
    say,
    { ...bounds, roundMs: bounds.roundMs / 2 },
  );
  const against = (
    side: "lean client" | "TypeScript client",
    peerName: string,
    peer: "echo" | "bare Node",
  ) => ({
    ...cost(`${name}, ${side}, against ${peerName}`, "us", found.median(side), peerName, found.median(peer)),
    ...found.spread(side, peer, (value, peerValue) => peerValue / value),
  });
  const inline = "bare Node computing inline";
  return [
    against("lean client", inline, "bare Node"),
    against("lean client", "bare ws echo", "echo"),
    against("TypeScript client", inline, "bare Node"),
    against("TypeScript client", "bare ws echo", "echo"),
  ];
}

/** The median of as many requests as go into the time, in microseconds. */
function p50Of(timesOf: (count: number) => Promise<number[]>): MeasureSide {
  return async (ms) => {
    const until = performance.now() + ms;
    const times: number[] = [];
    while (performance.now() < until) times.push(...(await timesOf(atOnce)));
    return median(times) * 1_000;
  };
}
