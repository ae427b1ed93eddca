import { expect, it } from "vitest";
import { Listeners } from "../../load-tests/load/listeners.js";
import { Recorder } from "../../load-tests/load/recorder.js";

function three() {
  const recorder = new Recorder();
  const terms = { warmupMs: 100, timeoutMs: 50 };
  const listeners = new Listeners(recorder, ["a", "b", "a"], [7, 0, 7], terms);
  return { listeners, told: () => recorder.summary(1) };
}

it("expects an event once of each listener of its stream", () => {
  const { listeners, told } = three();
  for (const listener of [0, 2]) listeners.hear(listener, { stream: "a", offset: 8, due: 100, at: 105 });
  listeners.hear(1, { stream: "b", offset: 1, due: 100, at: 160 });
  expect(told()).toMatchObject({ asked: 3, answers: 2, errors: { late: 1 } });
  expect(listeners.behind(new Map([["a", 8], ["b", 1]]))).toBe(0); // biome-ignore format: pairs
});

it("tells a gap, a repeat, another topic's event, and what never came", () => {
  const { listeners, told } = three();
  listeners.hear(0, { stream: "a", offset: 9, due: 100, at: 101 }); // 8 was left out
  listeners.hear(0, { stream: "a", offset: 9, due: 100, at: 102 });
  listeners.hear(2, { stream: "b", offset: 1, due: 100, at: 103 });
  const ends = new Map([["a", 9]]);
  expect(listeners.behind(ends)).toBe(1);
  listeners.close(200, ends);
  expect(told().errors).toEqual({ missed: 1 + 2, doubled: 1, "of another topic": 1 });
});

it("records nothing of what was due while it warmed", () => {
  const { listeners, told } = three();
  listeners.hear(1, { stream: "b", offset: 1, due: 99, at: 300 });
  expect(told()).toMatchObject({ asked: 0, answers: 0, errors: {} });
});
