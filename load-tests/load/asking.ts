/** How each kind of group sends its requests. Each stops by itself at the end of its time. */
import {
  type Gate,
  HeadgateError,
  type InferResult,
  type Tensor,
  tensor,
} from "../../client/typescript/index.js";
import { arrivals } from "./arrivals.js";
import { type Span, since, whenDue } from "./due.js";
import type { Recorder } from "./recorder.js";
import type { AskingGroup, GroupOf, Scenario } from "./scenario.js";

type InferenceGroup = GroupOf<"open" | "closed" | "churn">;

/** An open loop: requests are sent at their times, whether earlier ones were answered or not. */
export async function askOpenly(
  group: GroupOf<"open">,
  gates: readonly Gate[],
  recorder: Recorder,
  span: Span,
  { seed }: Pick<Scenario, "seed">,
): Promise<void> {
  const waiting = new Set<Promise<void>>();
  await whenDue(arrivals(group, seed), span, (call, due) => {
    const asked = one(group, gates[call % gates.length] as Gate, call, due, recorder, span);
    waiting.add(asked);
    void asked.then(() => waiting.delete(asked));
  });
  await Promise.all(waiting);
}

export async function askInLanes(
  group: GroupOf<"closed">,
  gates: readonly Gate[],
  recorder: Recorder,
  span: Span,
): Promise<void> {
  let call = 0;
  const lane = async (gate: Gate) => {
    for (let now = 0; now < span.endMs; now = performance.now() - span.startAt)
      await one(group, gate, call++, Math.max(0, performance.now() - span.startAt), recorder, span);
  };
  await Promise.all(Array.from({ length: group.lanes }, (_, i) => lane(gates[i % gates.length] as Gate)));
}

export async function comeAndGo(
  group: GroupOf<"churn">,
  connect: () => Promise<Gate>,
  recorder: Recorder,
  span: Span,
): Promise<void> {
  const visitor = async (first: number) => {
    for (let call = first; performance.now() - span.startAt < span.endMs; call += group.sockets) {
      const due = performance.now() - span.startAt;
      try {
        const gate = await connect();
        await one(group, gate, call, due, recorder, span);
        await gate.close();
      } catch (error) {
        recorder.failed(due, performance.now() - span.startAt - due, codeOf(error));
      }
    }
  };
  await Promise.all(Array.from({ length: group.sockets }, (_, i) => visitor(i)));
}

async function one(
  group: InferenceGroup,
  gate: Gate,
  call: number,
  due: number,
  recorder: Recorder,
  span: Span,
): Promise<void> {
  const counts = due >= span.warmupMs;
  if (counts) recorder.asked++;
  let code: string | undefined;
  try {
    await ask(group, gate, call, due + group.timeout_ms - since(span));
  } catch (error) {
    code = codeOf(error);
  }
  const at = since(span);
  if (!counts) return;
  if (code !== undefined) recorder.failed(at, at - due, code);
  else if (at - due > group.timeout_ms) recorder.failed(at, at - due, "late");
  else recorder.answered(at, at - due);
}

/**
 * @param remainingMs milliseconds until the request's deadline; time that the harness itself was late counts against
 * it
 */
export function ask(
  group: InferenceGroup,
  gate: Gate,
  call: number,
  remainingMs: number,
): Promise<InferResult> {
  const inputs = { X: inputOf(group, call) };
  const { model, parameters, priority } = group;
  return gate.infer(model, inputs, {
    timeoutMs: Math.max(1, remainingMs),
    priority,
    ...(Object.keys(parameters).length > 0 && { parameters }),
  });
}

/** The number of different inputs that a group sends in turn. */
export const variants = 8;
const made = new WeakMap<object, readonly Tensor[]>();

/**
 * Finite inputs whose bytes differ from call to call. They are made once: making ten megabytes for each request would
 * stall the other groups.
 */
export function inputOf(group: Pick<AskingGroup, "shape" | "datatype">, call: number): Tensor {
  const known = made.get(group) ?? Array.from({ length: variants }, (_, variant) => make(group, variant));
  made.set(group, known);
  return known[call % variants] as Tensor;
}

function make({ shape, datatype }: Pick<AskingGroup, "shape" | "datatype">, variant: number): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  const data = datatype === "FP32" ? new Float32Array(count) : new Float64Array(count);
  for (let i = 0; i < count; i++) data[i] = Math.sin(variant + i * 1.7) / 4;
  return tensor(data, shape);
}

function codeOf(error: unknown): string {
  return error instanceof HeadgateError ? error.code : "failed";
}
