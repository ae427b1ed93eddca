/**
 * Measures how fast a 16-feature MLP answers over a socket, compared with bare `ws` sending the same bytes back, with a
 * bare Node server that computes inline, and with the same model behind other servers. The gateway is asked by a lean
 * generator and by the TypeScript client, so that gateway, client and wire can be told apart. The sides of a row are
 * measured in turn, several rounds; the row is the median round. Every request has other bytes, nothing is cached, and
 * all sides may use all cores.
 */
import type { Gate } from "../../client/typescript/index.js";
import { askRate } from "../harness/closed-loop.js";
import type { RoundBounds } from "../harness/interleaved.js";
import type { ReportRow } from "../report.js";
import { latency } from "./wire-latency.js";
import { againstPeers, type WireJob } from "./wire-peers.js";
import { ask, inFlight, modelPath, row, sockets, startWireSides } from "./wire-sides.js";
import { throughput } from "./wire-throughput.js";

/** Before five seconds of load the compiler's work distorts every figure. */
const whole: RoundBounds = { rounds: 5, roundMs: 1_000, warmupMs: 5_000 };
const quick: RoundBounds = { rounds: 3, roundMs: 500, warmupMs: 2_000 };

export async function wire(
  say: (line: string) => void,
  { quick: isQuick = false }: { readonly quick?: boolean } = {},
): Promise<ReportRow[]> {
  const bounds = isQuick ? quick : whole;
  const sides = await startWireSides();
  try {
    return [
      ...(await throughput(sides, bounds, say)),
      ...(await latency(sides, bounds, say)),
      ...(await againstPeers(job(sides.gates), bounds, say)),
    ];
  } finally {
    await sides.close();
  }
}

/** The job that every peer runs too. */
function job(gates: readonly Gate[]): WireJob {
  const lanes = sockets * inFlight;
  return {
    modelPath,
    sockets,
    inFlight,
    row,
    ours: (ms) =>
      askRate({ lanes, durationMs: ms }, (call, lane) => ask(gates[lane % sockets] as Gate, call)),
    answer: async (call) => (await ask(gates[0] as Gate, call)).outputs["impact_bps"]?.data as Float32Array,
  };
}
