import { expect, it } from "vitest";
import { Ledger } from "../../load-tests/load/ledger.js";
import { Recorder } from "../../load-tests/load/recorder.js";
import type { ErrorFrame, ResultFrame } from "../../protocol/frames.js";

const result = (id: number): ResultFrame => ({
  ...{ type: "result", id, model: "m", version: "1", outputs: {}, backend: "b", precision: "FP32" },
  timing: { queue_ms: 0, compute_ms: 0, batch_size: 1 },
});
const error = (id: number, rest: Partial<ErrorFrame> = {}): ErrorFrame => ({
  ...{
    type: "error",
    id,
    code: "unavailable",
    message: "the worker died",
    retryable: true,
    processed: "maybe",
  },
  ...rest,
});

function ledgerOf(right = true) {
  const recorder = new Recorder();
  const ledger = new Ledger(recorder, { warmupMs: 100, timeoutMs: 50, right: () => right });
  return { ledger, told: () => recorder.summary(1) };
}

it("takes one end for each id, and tells the code of an error and whether it may have run", () => {
  const { ledger, told } = ledgerOf();
  const ids = [100, 110, 120, 130].map((due) => ledger.ask(due));
  ledger.take(result(ids[0] as number), 105);
  ledger.take(error(ids[1] as number), 115);
  ledger.take(error(ids[2] as number, { code: "resource_exhausted", processed: "no" }), 121);
  ledger.take(result(ids[3] as number), 181); // 51 ms after it was due
  const errors = { "unavailable, may have run": 1, resource_exhausted: 1, late: 1 };
  expect([ledger.open, told()]).toMatchObject([0, { asked: 4, answers: 1, errors }]);
});

it("sees a second end, an end of nothing, no end, a wrong answer and an error that says too little", () => {
  const { ledger, told } = ledgerOf(false);
  const [wrong = 0, vague = 0] = [ledger.ask(100), ledger.ask(100), ledger.ask(100)];
  ledger.take(result(wrong), 101);
  ledger.take(result(wrong), 102);
  ledger.take(error(99), 103);
  ledger.take(error(vague, { message: "" }), 104);
  ledger.close(200);
  expect(told().errors).toEqual({ wrong: 1, doubled: 1, "never asked": 1, vague: 1, unanswered: 1 });
});

it("records nothing that was due while it warmed, but still sees a second end of it", () => {
  const { ledger, told } = ledgerOf();
  const id = ledger.ask(99);
  ledger.take(result(id), 120);
  expect(told()).toMatchObject({ asked: 0, answers: 0, errors: {} });
  ledger.take(result(id), 121);
  expect(told().errors).toEqual({ doubled: 1 });
});
