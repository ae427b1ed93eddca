/**
 * How many inferences a second go through 8 sockets with 32 requests in flight on each, and what processor time client
 * and server take for one. The generator's own cost is in the lean rows, the client library's in the others.
 */
import { askRate } from "../harness/closed-loop.js";
import { cpuTimes } from "../harness/cpu-times.js";
import { inRounds, type MeasureSide, type RoundBounds, type Rounds } from "../harness/interleaved.js";
import { type LeanClient, leanRate } from "../harness/lean-client.js";
import { cost, figure, median, type ReportRow, rate } from "../report.js";
import { ask, inFlight, sockets, type WireSides } from "./wire-sides.js";

const name = `${sockets} sockets x ${inFlight} in flight`;

/** What asks, and what answers: the gateway where nothing else is named. */
type Side = "lean" | "lean, single" | "TypeScript" | "echo" | "echo, joined" | "bare Node";

/** Microseconds of processor time that a request took, round by round. */
type RequestCosts = Readonly<Record<"client" | "server", number[]>>;

export async function throughput(
  sides: WireSides,
  bounds: RoundBounds,
  say: (line: string) => void,
): Promise<ReportRow[]> {
  const measures = measuresOf(sides);
  const costs = new Map<Side, RequestCosts>();
  const counted = ([side, { pid, measure }]: [string, SideMeasure]) => {
    const of: RequestCosts = { client: [], server: [] };
    costs.set(side as Side, of);
    return [side, (ms: number) => withCosts(of, pid, measure, ms)] as const;
  };
  const all = Object.fromEntries(Object.entries(measures).map(counted)) as Record<Side, MeasureSide>;
  const found = await inRounds(all, "inferences/s", say, bounds);
  const took = (side: Side, of: "client" | "server") => settled(costs.get(side)?.[of] ?? [], bounds);
  for (const side of costs.keys())
    say(
      `  ${side}: a request takes ${figure(took(side, "client"))} us of the client and ${figure(took(side, "server"))} us of the server`,
    );
  return [...rateRows(found), ...costRows(took)];
}

interface SideMeasure {
  /** The server that is asked. */
  readonly pid: number;
  readonly measure: MeasureSide;
}

function measuresOf({ servers, lean, gates }: WireSides): Record<Side, SideMeasure> {
  const by = (clients: readonly LeanClient[], isJoined: boolean) => (ms: number) =>
    leanRate(clients, inFlight, ms, isJoined);
  const lanes = sockets * inFlight;
  const typescript: MeasureSide = (durationMs) =>
    askRate({ lanes, durationMs }, (call, lane) =>
      ask(gates[lane % sockets] as (typeof gates)[number], call),
    );
  const { gateway, echo, bare } = servers;
  return {
    lean: { pid: gateway.pid, measure: by(lean.gateway, true) },
    "lean, single": { pid: gateway.pid, measure: by(lean.gateway, false) },
    TypeScript: { pid: gateway.pid, measure: typescript },
    echo: { pid: echo.pid, measure: by(lean.echo, false) },
    "echo, joined": { pid: echo.pid, measure: by(lean.echo, true) },
    "bare Node": { pid: bare.pid, measure: by(lean.bare, false) },
  };
}

function rateRows(found: Rounds<Side>): ReportRow[] {
  const against = (what: string, side: Side, peerName: string, peer: Side) => ({
    ...rate(`${name}, ${what}`, "1/s", found.median(side), peerName, found.median(peer)),
    ...found.spread(side, peer),
  });
  const echo = "bare ws echo";
  const bare = "ws, msgpackr and onnxruntime-node";
  return [
    against("lean client, joined frames, against an echo of one frame a message", "lean", echo, "echo"),
    against("lean client, one frame a message, against an echo of the same", "lean, single", echo, "echo"),
    against("TypeScript client, against an echo of one frame a message", "TypeScript", echo, "echo"),
    against("lean client, joined frames, against an echo of joined frames", "lean", echo, "echo, joined"),
    against("lean client, against bare Node computing inline", "lean", bare, "bare Node"),
    against("TypeScript client, against the lean client", "TypeScript", "lean client", "lean"),
  ];
}

function costRows(took: (side: Side, of: "client" | "server") => number | null): ReportRow[] {
  const row = (what: string, side: Side, of: "client" | "server", peerName: string, peer: Side) =>
    cost(`${name}, processor time ${what}`, "us", took(side, of), peerName, took(peer, of));
  return [
    row("of the TypeScript client a request", "TypeScript", "client", "lean client", "lean"),
    row("of the gateway a request", "lean", "server", "bare Node computing inline", "bare Node"),
  ];
}

/** Runs a side, and notes what processor time each of its requests took. */
async function withCosts(
  costs: RequestCosts,
  pid: number,
  measure: MeasureSide,
  ms: number,
): Promise<number> {
  const before = cpuTimes();
  const started = performance.now();
  const perSecond = await measure(ms);
  const requests = (perSecond * (performance.now() - started)) / 1_000;
  const after = cpuTimes();
  if (before === undefined || after === undefined) return perSecond;
  const server = (after.children.get(pid) ?? 0) - (before.children.get(pid) ?? 0);
  costs.client.push(((after.harness - before.harness) * 1_000) / requests);
  costs.server.push((server * 1_000) / requests);
  return perSecond;
}

/** The median of the rounds that count, which came after those that warmed up. Null where nothing is known. */
function settled(costs: readonly number[], { rounds }: RoundBounds): number | null {
  return costs.length === 0 ? null : median(costs.slice(-rounds));
}
