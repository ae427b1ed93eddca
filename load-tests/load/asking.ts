/** How each kind of group asks. All of them stop by themselves at the end of their time. */
import { type Gate, HeadgateError, type InferResult, type Tensor, tensor } from "headgate-client";
import { arrivals } from "./arrivals.js";
import type { Recorder } from "./recorder.js";
import type { Group, OpenGroup, Scenario } from "./scenario.js";

export interface Span {
  /** On `performance.now()`. */
  readonly startAt: number;
  /** Answers before this many ms from the start are not recorded. */
  readonly warmupMs: number;
  readonly endMs: number;
}

type Asking = Extract<Group, { kind: "open" | "closed" | "churn" }>;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Milliseconds between two looks at what is due: a timer is no finer. */
const lookMs = 1;

/**
 * An open loop: a request's time counts from when it was due, though the process was too busy to send it,
 * so that a stall is charged to every request it held up and not to one.
 */
export async function askOpenly(
  group: OpenGroup,
  gates: readonly Gate[],
  recorder: Recorder,
  span: Span,
  { seed }: Pick<Scenario, "seed">,
): Promise<void> {
  const due = arrivals(group, seed);
  let next = due.next().value as number;
  const waiting = new Set<Promise<void>>();
  for (let call = 0; next < span.endMs; ) {
    const now = performance.now() - span.startAt;
    for (; next <= now && next < span.endMs; next = due.next().value as number) {
      const asked = one(group, gates[call % gates.length] as Gate, call++, next, recorder, span);
      waiting.add(asked);
      void asked.then(() => waiting.delete(asked));
    }
    await pause(lookMs);
  }
  await Promise.all(waiting);
}

export async function askInLanes(
  group: Extract<Group, { kind: "closed" }>,
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
  group: Extract<Group, { kind: "churn" }>,
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
  group: Asking,
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
    await ask(group, gate, call);
  } catch (error) {
    code = codeOf(error);
  }
  const at = performance.now() - span.startAt;
  if (!counts) return;
  if (code !== undefined) recorder.failed(at, at - due, code);
  else if (at - due > group.timeout_ms) recorder.failed(at, at - due, "late");
  else recorder.answered(at, at - due);
}

export function ask(group: Asking, gate: Gate, call: number): Promise<InferResult> {
  const inputs = { X: inputOf(group, call) };
  const { model, parameters, timeout_ms: timeoutMs, priority } = group;
  return gate.infer(model, inputs, {
    timeoutMs,
    priority,
    ...(Object.keys(parameters).length > 0 && { parameters }),
  });
}

const variants = 8;
const made = new WeakMap<object, readonly Tensor[]>();

/** Other bytes from call to call, and finite. Made once: to make ten megabytes would stall all other askers. */
export function inputOf(group: Pick<Group, "shape" | "datatype">, call: number): Tensor {
  const known = made.get(group) ?? Array.from({ length: variants }, (_, variant) => make(group, variant));
  made.set(group, known);
  return known[call % variants] as Tensor;
}

function make({ shape, datatype }: Pick<Group, "shape" | "datatype">, variant: number): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  const data = datatype === "FP32" ? new Float32Array(count) : new Float64Array(count);
  for (let i = 0; i < count; i++) data[i] = Math.sin(variant + i * 1.7) / 4;
  return tensor(data, shape);
}

function codeOf(error: unknown): string {
  return error instanceof HeadgateError ? error.code : "failed";
}
