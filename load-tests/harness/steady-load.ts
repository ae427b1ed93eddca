/** Lanes that send requests without a pause until they are stopped, and record the times and the failures. */
import type { Gate, InferResult } from "../../client/typescript/index.js";

export interface SteadyLoad {
  /** The milliseconds of each answer since the previous call of `times`. */
  times(): number[];
  readonly answers: number;
  readonly failures: readonly string[];
  /** Resolves when an answer from this model version has arrived. */
  answeredBy(version: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * @param ask is called with a number that differs at each call
 * @param lanes requests in flight on each gate
 */
export function steadyLoad(
  gates: readonly Gate[],
  lanes: number,
  ask: (gate: Gate, call: number) => Promise<InferResult>,
): SteadyLoad {
  let times: number[] = [];
  const failures: string[] = [];
  const waiting = new Map<string, () => void>();
  let answers = 0;
  let calls = 0;
  let stopped = false;
  const lane = async (gate: Gate) => {
    while (!stopped) {
      const started = performance.now();
      try {
        const { version } = await ask(gate, calls++);
        times.push(performance.now() - started);
        answers++;
        waiting.get(version)?.();
      } catch (error) {
        failures.push(String(error));
      }
    }
  };
  const running = gates.flatMap((gate) => Array.from({ length: lanes }, () => lane(gate)));
  return {
    get answers() {
      return answers;
    },
    failures,
    times() {
      const taken = times;
      times = [];
      return taken;
    },
    answeredBy: (version) => new Promise((resolve) => waiting.set(version, resolve)),
    async stop() {
      stopped = true;
      await Promise.all(running);
    },
  };
}
