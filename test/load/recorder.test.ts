import { expect, it } from "vitest";
import { Recorder } from "../../load-tests/load/recorder.js";

it("tells percentiles over all and each second apart, and errors by code", () => {
  const recorder = new Recorder();
  recorder.asked = 6;
  for (const ms of [1, 2, 3]) recorder.answered(500, ms);
  recorder.answered(1_500, 40);
  recorder.failed(1_600, 0.5, "resource_exhausted");
  recorder.failed(1_700, 100, "late");
  const { asked, answers, errors, perSecond, latency, refusal } = recorder.summary(2);
  expect({ asked, answers, errors, perSecond }).toEqual({
    asked: 6,
    answers: 4,
    errors: { resource_exhausted: 1, late: 1 },
    perSecond: 2,
  });
  expect(latency?.p50).toBeCloseTo(2, 2);
  expect(latency?.max).toBeCloseTo(40, 1);
  expect(refusal?.p50).toBeCloseTo(0.5, 2);
  const [one, two] = recorder.timeline();
  expect(one).toMatchObject({ at: 0, answers: 3, errors: {} });
  expect(two).toMatchObject({ at: 1, answers: 1, errors: { resource_exhausted: 1, late: 1 } });
  expect(two?.p99).toBeCloseTo(40, 1);
});

it("has no latency at all where nothing was answered, rather than one of 0", () => {
  const recorder = new Recorder();
  recorder.asked = 2;
  recorder.failed(100, 1, "unavailable");
  expect(recorder.summary(2)).toMatchObject({ answers: 0, perSecond: 0, latency: null, refusal: null });
});

it("has no latency in a second without an answer", () => {
  const recorder = new Recorder();
  recorder.failed(100, 1, "unavailable");
  expect(recorder.timeline()).toEqual([
    { at: 0, answers: 0, errors: { unavailable: 1 }, p50: null, p99: null, max: null },
  ]);
});
