/**
 * What a container of the example desk takes: its start until the first answers, and its memory, against the same
 * imports of scikit-learn and of torch. Each is a process of its own; the sides take turns.
 */
import { startGateway } from "../harness/gateway.js";
import { howToGetPython, runPython } from "../harness/python.js";
import { cost, median, type ReportRow } from "../report.js";

const rounds = 5;
const sides = ["headgate", "frames", "sklearn", "torch"] as const;
type Side = (typeof sides)[number];

/** What `desk_start.py` prints. */
interface Start {
  readonly ms: number;
  readonly cpu_ms: number;
  readonly memory_mb: number;
}

export async function deskStarts(say: (line: string) => void): Promise<readonly ReportRow[]> {
  const gateway = await startGateway({});
  const starts = new Map<Side, Start[]>(sides.map((side) => [side, []]));
  try {
    // The first round is for the machine to have read the libraries from the disk.
    for (let round = -1; round < rounds; round++)
      for (const side of sides) {
        const start = await startOf(side, gateway.port);
        if (round >= 0 && start !== undefined) starts.get(side)?.push(start);
      }
  } finally {
    await gateway.stop();
  }
  const middle = (side: Side, of: keyof Start) => {
    const found = starts.get(side)?.map((start) => start[of]) ?? [];
    return found.length === 0 ? null : median(found);
  };
  for (const side of sides)
    say(
      `  desk, ${side}: ${middle(side, "ms")} ms, ${middle(side, "cpu_ms")} of the processor, ${middle(side, "memory_mb")} MB`,
    );
  return sides.slice(0, 2).flatMap((ours) =>
    (["sklearn", "torch"] as const).flatMap((theirs) =>
      figures.map(([of, what, unit]) => {
        const peer = middle(theirs, of);
        const named = peer === null ? `no ${peers[theirs]}: ${howToGetPython}` : peers[theirs];
        return cost(`${names[ours]}: ${what}`, unit, middle(ours, of), named, peer);
      }),
    ),
  );
}

const figures = [
  ["ms", "until the first answers", "ms"],
  ["cpu_ms", "processor time until then", "ms"],
  ["memory_mb", "memory of the process", "MB"],
] as const satisfies readonly (readonly [keyof Start, string, string])[];

const names: Readonly<Record<string, string>> = {
  headgate: "example desk",
  frames: "example desk, with its bars as frames of pandas",
};
const peers = {
  sklearn: "the same imports of scikit-learn and pandas, and its first answer",
  torch: "those and torch, which computes the policy",
} as const;

/** Undefined where the libraries are not there. */
async function startOf(side: Side, port: number): Promise<Start | undefined> {
  try {
    return (await runPython("desk_start.py", [side, `ws://127.0.0.1:${port}/v1`])) as Start;
  } catch (error) {
    if (String(error).includes("ModuleNotFoundError")) return undefined;
    throw error;
  }
}
