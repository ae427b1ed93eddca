/**
 * Sends requests at their times on sockets without the client library, so that the client cannot hide anything the
 * gateway sends.
 */
import type { ResultFrame } from "../../protocol/frames.js";
import { fromWire, toWire } from "../../protocol/tensor.js";
import { BareClient } from "../harness/bare-client.js";
import { arrivals } from "./arrivals.js";
import { inputOf, variants } from "./asking.js";
import { pause, type Span, since, whenDue } from "./due.js";
import type { Target } from "./gateway.js";
import { Ledger } from "./ledger.js";
import type { Recorder } from "./recorder.js";
import type { GroupOf, Scenario } from "./scenario.js";

type WitnessGroup = GroupOf<"witness">;

/** Milliseconds after the last answer during which a second answer would still be noticed. */
const afterMs = 250;

export function openWitness(group: WitnessGroup, target: Target): Promise<BareClient[]> {
  const open = () => BareClient.welcomed(target.url, target.token(group.tenant));
  return Promise.all(Array.from({ length: group.sockets }, open));
}

export async function askAndWitness(
  group: WitnessGroup,
  clients: readonly BareClient[],
  recorder: Recorder,
  span: Span,
  { seed }: Pick<Scenario, "seed">,
): Promise<void> {
  const right = sameAsBefore();
  const terms = { warmupMs: span.warmupMs, timeoutMs: group.timeout_ms, right };
  const asking = clients.map((client) => {
    const ledger = new Ledger(recorder, terms);
    client.hear((frame) => ledger.take(frame, since(span)));
    return { client, ledger };
  });
  await whenDue(arrivals(group, seed), span, (call, due) => {
    const { client, ledger } = asking[call % asking.length] as (typeof asking)[number];
    const id = ledger.ask(due);
    const { model, parameters, timeout_ms, priority } = group;
    const X = toWire(inputOf(group, id));
    client.send({ type: "infer", id, model, parameters, timeout_ms, priority, inputs: { X } });
  });
  const until = span.endMs + group.timeout_ms;
  while (asking.some(({ ledger }) => ledger.open > 0) && since(span) < until) await pause(10);
  await pause(afterMs);
  for (const { ledger } of asking) ledger.close(since(span));
}

/**
 * The same input must have the same answer, however many workers ended in between. Answers may differ by a
 * thousandth, because batches differ.
 */
function sameAsBefore(): (id: number, result: ResultFrame) => boolean {
  const known = new Map<number, readonly number[]>();
  return (id, { outputs }) => {
    const firsts = Object.values(outputs).map((tensor) => Number(fromWire(tensor).data[0]));
    const before = known.get(id % variants) ?? firsts;
    known.set(id % variants, before);
    return firsts.every((value, i) => {
      const other = before[i] ?? Number.NaN;
      return Math.abs(value - other) <= 1e-3 * Math.max(1, Math.abs(other));
    });
  };
}
