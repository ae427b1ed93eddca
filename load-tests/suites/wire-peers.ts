/** Measures the job of the wire suite on other servers of the same model, each in turn with the gateway. */
import { askRate } from "../harness/closed-loop.js";
import { inRounds, type RoundBounds } from "../harness/interleaved.js";
import {
  type ModelServer,
  modelServers,
  type RunningServer,
  type ServerJob,
} from "../harness/model-servers.js";
import { type ReportRow, rate } from "../report.js";

type PrintLine = (line: string) => void;

export interface WireJob extends ServerJob {
  /** The gateway's answers a second, measured over the given milliseconds. */
  readonly ours: (ms: number) => Promise<number>;
  /** The gateway's answer for the row of a call. */
  readonly answer: (call: number) => Promise<Float32Array>;
}

export async function againstPeers(job: WireJob, bounds: RoundBounds, say: PrintLine): Promise<ReportRow[]> {
  const rows: ReportRow[] = [];
  for (const peer of modelServers) rows.push(await against(peer, job, bounds, say));
  return rows;
}

async function against(
  peer: ModelServer,
  job: WireJob,
  bounds: RoundBounds,
  say: PrintLine,
): Promise<ReportRow> {
  const name = `${job.sockets} sockets x ${job.inFlight} in flight, against ${peer.against}`;
  const asked = await peer.start(job).catch(() => undefined);
  if (asked === undefined) {
    say(`  ${peer.name} could not start: ${peer.howToGet}`);
    return rate(name, "1/s", await job.ours(1_000), `no ${peer.name}: ${peer.howToGet}`, null);
  }
  try {
    await requireSame(peer, asked, job);
    const { lanes } = asked;
    const theirs = (ms: number) =>
      askRate({ lanes, durationMs: ms }, (call, lane) => asked.infer(call, lane));
    say(`  ${name}`);
    const found = await inRounds({ ours: job.ours, theirs }, "inferences/s", say, bounds);
    return {
      ...rate(name, "1/s", found.median("ours"), peer.name, found.median("theirs")),
      ...found.spread("ours", "theirs"),
    };
  } finally {
    await asked.stop();
  }
}

/** Throws when the peer's answers differ from the gateway's: such a peer would not be comparable. */
async function requireSame(peer: ModelServer, asked: RunningServer, job: WireJob): Promise<void> {
  const [theirs] = await asked.infer(1, 0);
  const [ours] = await job.answer(1);
  if (
    theirs === undefined ||
    ours === undefined ||
    Math.abs(theirs - ours) > 1e-4 * Math.max(1, Math.abs(ours))
  )
    throw new Error(`${peer.name} says ${theirs} where the gateway says ${ours}`);
}
