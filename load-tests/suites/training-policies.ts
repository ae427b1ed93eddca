/**
 * Policies: PPO in the trainer's environment, in one request, against stable-baselines3 alone in a process of its own
 * with an environment that is stepped in Python. Both have one thread and the library's defaults, and take turns.
 */

import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { tensor } from "../../client/typescript/tensor.js";
import { toWire } from "../../protocol/tensor.js";
import { FrameClient } from "../harness/frame-client.js";
import { startGateway } from "../harness/gateway.js";
import { PythonPeer } from "../harness/python.js";
import { median, type ReportRow, rate } from "../report.js";

const steps = 20_480;
const run = { steps, n_steps: 256, n_envs: 8 };
const rounds = 3;
const rowName = `PPO in a trading environment of one asset, ${steps} steps, one thread`;
const howToGetPolicies =
  "no trainer with rl: npx headgate trainer install --with rl --into FOLDER, then HEADGATE_TRAINER=FOLDER";

export async function policies(say: (line: string) => void): Promise<readonly ReportRow[]> {
  const python = policyPython(process.env["HEADGATE_TRAINER"]);
  if (python === undefined) {
    say(`  ${howToGetPolicies}`);
    return [rate(rowName, "steps/s", null, howToGetPolicies, null)];
  }
  const training = { nice: 0, processes: 1, threads: 1 };
  const gateway = await startGateway({ models: null, config: { training } });
  const frames = await FrameClient.open(gateway.port);
  const peer = await PythonPeer.start("policy_process.py", { python });
  try {
    return await compared(frames, peer, say);
  } finally {
    peer?.stop();
    frames.close();
    await gateway.stop();
  }
}

/** The trainers' own interpreter, which has stable-baselines3; undefined where it was not installed. */
function policyPython(folder: string | undefined): string | undefined {
  const manifest = folder === undefined ? undefined : join(folder, "headgate-trainer.json");
  if (folder === undefined || manifest === undefined || !existsSync(manifest)) return undefined;
  const told = JSON.parse(readFileSync(manifest, "utf8")) as {
    readonly python: string;
    readonly libraries: Readonly<Record<string, string>>;
  };
  return "stable-baselines3" in told.libraries || "stable_baselines3" in told.libraries
    ? resolve(folder, told.python)
    : undefined;
}

async function compared(
  frames: FrameClient,
  peer: PythonPeer | undefined,
  say: (line: string) => void,
): Promise<readonly ReportRow[]> {
  const speeds = { ours: [] as number[], whole: [] as number[], theirs: [] as number[] };
  for (let round = -1; round < rounds; round++) {
    const prices = walkOf(round + 2);
    const { fit, whole } = await trained(frames, prices);
    const answer = await peer?.ask({ ...run, prices });
    if (round < 0) continue; // Both sides import what they need at their first training.
    speeds.ours.push(fit);
    speeds.whole.push(whole);
    if (answer !== undefined) speeds.theirs.push((Number(answer["steps"]) / Number(answer["ms"])) * 1e3);
    say(
      `  PPO: ${fit.toFixed(0)} steps/s, stable-baselines3 alone ${speeds.theirs.at(-1)?.toFixed(0) ?? "-"}`,
    );
  }
  const [alone, theirs] =
    peer === undefined
      ? (["stable-baselines3 could not start", null] as const)
      : (["stable-baselines3 alone", median(speeds.theirs)] as const);
  return [
    rate(rowName, "steps/s", median(speeds.ours), alone, theirs),
    rate(`${rowName}: with the request and the evaluations`, "steps/s", median(speeds.whole), alone, theirs),
  ];
}

/** Steps a second of the fit, and of the whole request. */
async function trained(frames: FrameClient, prices: readonly number[]) {
  const began = performance.now();
  const answer = await frames.ask({
    type: "train",
    trainer: "ppo",
    inputs: { prices: toWire(tensor(Float64Array.from(prices), [prices.length, 1])) },
    parameters: { total_timesteps: steps, n_steps: run.n_steps, environment: { n_envs: run.n_envs } },
  });
  const ms = performance.now() - began;
  if (answer.type !== "result" || answer.training === undefined)
    throw new Error(`the training was answered by ${answer.type}`);
  return { fit: (steps / answer.training.fit_ms) * 1e3, whole: (steps / ms) * 1e3 };
}

/** Prices of 2,500 days. */
function walkOf(seed: number): readonly number[] {
  let state = seed * 2_654_435_761;
  const uniform = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  let price = 100;
  return Array.from({ length: 2_500 }, () => {
    price *= Math.exp(0.01 * (uniform() + uniform() + uniform() - 1.5));
    return price;
  });
}
