/**
 * The cost of a short-lived container that opens one socket: the time from the process's start to the first answer,
 * and its memory.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { startNode } from "../harness/child.js";
import { startGateway } from "../harness/gateway.js";
import { inRepository } from "../harness/places.js";
import { cost, median, type ReportRow } from "../report.js";

const runs = 9;
const run = promisify(execFile);
const program = (name: string) => inRepository(`dist/load-tests/harness/${name}.js`);

interface StartupFigures {
  /** Milliseconds since the process started, including Node's own start. */
  readonly ms: number;
  readonly rss_mb: number;
}

export async function startup(say: (line: string) => void): Promise<ReportRow[]> {
  const gateway = await startGateway();
  const echo = await startNode("load-tests/peers/ws-echo.js", []);
  try {
    const found = { ours: [] as StartupFigures[], ws: [] as StartupFigures[], bare: [] as StartupFigures[] };
    for (let i = 0; i < runs; i++) {
      found.ours.push(await child("first-answer", `ws://127.0.0.1:${gateway.port}/v1`));
      found.ws.push(await child("first-echo", `ws://127.0.0.1:${echo.port}`));
      found.bare.push(await child("bare-node"));
    }
    const ms = (starts: readonly StartupFigures[]) => median(starts.map((start) => start.ms));
    const mb = (starts: readonly StartupFigures[]) => median(starts.map((start) => start.rss_mb));
    say(`  bare Node is up after ${ms(found.bare).toFixed(0)} ms and holds ${mb(found.bare).toFixed(1)} MB`);
    return [
      cost("process start to first answer", "ms", ms(found.ours), "bare ws client, first echo", ms(found.ws)),
      cost("memory of that process", "MB", mb(found.ours), "bare ws client", mb(found.ws)),
      cost(
        "memory over bare Node",
        "MB",
        mb(found.ours) - mb(found.bare),
        "bare ws client over bare Node",
        mb(found.ws) - mb(found.bare),
      ),
    ];
  } finally {
    await Promise.all([gateway.stop(), echo.stop()]);
  }
}

async function child(name: string, ...args: string[]): Promise<StartupFigures> {
  const { stdout } = await run(process.execPath, [program(name), ...args]);
  return JSON.parse(stdout) as StartupFigures;
}
