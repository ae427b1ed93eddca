/** Sends requests without a pause from several connections, and compares each answer with the right one. */
import { connect, type Gate, type InferResult, tensor } from "../../client/typescript/index.js";

export interface Load {
  /** The number of answers so far, by version. */
  readonly versions: ReadonlyMap<string, number>;
  readonly failures: readonly string[];
  /** Resolves when this version has answered. */
  answered(version: string): Promise<void>;
  stop(): Promise<void>;
}

/** @param right returns what is wrong with an answer to rows of `value`, or undefined when it is right */
export async function loadOn(
  url: string,
  model: string,
  right: (value: number, answer: InferResult) => string | undefined,
  { connections = 2, lanes = 4 } = {},
): Promise<Load> {
  const gates = await Promise.all(Array.from({ length: connections }, () => connect(url)));
  const versions = new Map<string, number>();
  const failures: string[] = [];
  const waiting = new Map<string, () => void>();
  let stopped = false;
  let calls = 0;
  const lane = async (gate: Gate) => {
    while (!stopped) {
      const value = ++calls;
      try {
        const answer = await gate.infer(model, { X: tensor([[value, value]]) });
        versions.set(answer.version, (versions.get(answer.version) ?? 0) + 1);
        waiting.get(answer.version)?.();
        const wrong = right(value, answer);
        if (wrong !== undefined) failures.push(`${answer.version}: ${wrong}`);
      } catch (error) {
        failures.push(String(error));
      }
    }
  };
  const running = gates.flatMap((gate) => Array.from({ length: lanes }, () => lane(gate)));
  return {
    versions,
    failures,
    answered: (version) =>
      new Promise((resolve) => {
        if (versions.has(version)) resolve();
        else waiting.set(version, resolve);
      }),
    async stop() {
      stopped = true;
      await Promise.all(running);
      await Promise.all(gates.map((gate) => gate.close()));
    },
  };
}
