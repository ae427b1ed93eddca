/** What the demo's feed and agents do while no gateway answers. */
import { HeadgateError, tensor } from "headgate-client";
import { describe, expect, test } from "vitest";
import { InFlight } from "../../examples/demo/in-flight.js";
import { LastAnswers } from "../../examples/demo/last-answers.js";
import { Tally } from "../../examples/demo/tally.js";

const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("tasks in flight", () => {
  test("wait for one another at the maximum, and do not while the maximum is higher", async () => {
    let most = 1;
    const inFlight = new InFlight(() => most);
    const ends: (() => void)[] = [];
    const started: number[] = [];
    const start = (task: number) =>
      inFlight.start(() => {
        started.push(task);
        return new Promise<void>((resolve) => ends.push(resolve));
      });
    await start(1);
    const second = start(2);
    await soon();
    expect(started).toEqual([1]);
    ends[0]?.();
    await second;
    most = 3; // the gateway is away: the market does not wait for its acks
    await Promise.all([start(3), start(4)]);
    expect(started).toEqual([1, 2, 3, 4]);
    expect(inFlight.count).toBe(3);
    for (const end of ends) end();
    await inFlight.settled();
    expect(inFlight.count).toBe(0);
  });
});

describe("an agent without a gateway", () => {
  const error = new HeadgateError("unavailable", "no gateway answers");
  const asked = (model: string) => ({ model, version: undefined, inputs: {}, parameters: {} });

  test("goes on with the newest answer about the model, and has none about a model that never answered", () => {
    const answers = new LastAnswers();
    answers.keep("pca", { share: tensor([0.1]) });
    answers.keep("pca", { share: tensor([0.2], "FP64") });
    expect(answers.fallback(asked("pca"), error)).toEqual({ share: tensor([0.2], "FP64") });
    expect(answers.fallback(asked("lstm-regime"), error)).toBeUndefined();
  });
});

describe("a tally", () => {
  test("counts each outcome once, and has a latency only for what the gateway answered in time", () => {
    const tally = new Tally();
    tally.answered(7);
    tally.answeredByFallback();
    tally.answeredAfterOutage();
    tally.failed("no");
    const sum = Tally.sum([tally, tally]);
    const { requests, answers, fallbacks, errors } = sum;
    expect({ requests, answers, fallbacks, errors }).toEqual({
      requests: 8,
      answers: 4,
      fallbacks: 2,
      errors: 2,
    });
    expect(sum.percentileMs(99)).toBeCloseTo(7, 2);
  });
});
