import fc from "fast-check";
import { expect, it } from "vitest";
import { SharedComputation } from "../../gateway/waiting/shared-computation.js";
import { FakeClock } from "../support/clock.js";
import { checkAsync } from "../support/seeded.js";
import { outcomesOf, ScriptedWork } from "./scripted-work.js";

it("answers every waiting caller; a caller that cancels is answered at once, and no other is affected", async () => {
  const clock = new FakeClock();
  const work = new ScriptedWork();
  const shared = new SharedComputation(work);
  const all = [shared.join(), shared.join(), shared.join()];
  const outcomes = all.map(({ answer }) => outcomesOf(answer));
  all[1]?.cancel();
  all[1]?.cancel();
  await clock.settle();
  expect([outcomes, work.cancels]).toEqual([[[], ["cancelled maybe"], []], 0]);
  work.resolve("answer");
  await clock.settle();
  expect(outcomes).toEqual([["answer"], ["cancelled maybe"], ["answer"]]);
});

it("is cancelled once, with the last caller that cancels, whatever the order and the number of calls", async () => {
  const leaving = fc.array(fc.nat(4), { maxLength: 12 });
  await checkAsync(
    fc.asyncProperty(leaving, async (order) => {
      const clock = new FakeClock();
      const work = new ScriptedWork();
      const shared = new SharedComputation(work);
      const all = Array.from({ length: 5 }, () => shared.join());
      const outcomes = all.map(({ answer }) => outcomesOf(answer));
      for (const who of order) all[who]?.cancel();
      const isLast = new Set(order).size === all.length;
      expect([shared.abandoned, work.cancels]).toEqual([isLast, isLast ? 1 : 0]);
      work.resolve("answer");
      await clock.settle();
      for (const [who, outcome] of outcomes.entries())
        expect(outcome).toEqual([order.includes(who) ? "cancelled maybe" : "answer"]);
    }),
  );
});
