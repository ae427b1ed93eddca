import fc from "fast-check";
import { expect, it } from "vitest";
import { type DeadlineItem, Deadlines } from "../../gateway/scheduling/deadlines.js";
import { FakeClock } from "../support/clock.js";
import { checkAsync } from "../support/seeded.js";

interface Named extends DeadlineItem<Named> {
  readonly name: number;
}

function harness() {
  const clock = new FakeClock();
  const expired: { readonly name: number; readonly at: number }[] = [];
  const deadlines = new Deadlines<Named>(clock, ({ name }) => expired.push({ name, at: clock.now() }));
  const add = (name: number, deadline: number): Named => {
    const item = { name, deadline, deadlineEntry: undefined };
    deadlines.add(item);
    return item;
  };
  return { clock, expired, deadlines, add };
}

it("tells each deadline when it is due and not before, and none that was removed", async () => {
  const due = fc.record({ deadline: fc.integer({ min: 0, max: 30 }), removed: fc.boolean() });
  await checkAsync(
    fc.asyncProperty(fc.array(due, { maxLength: 30 }), async (dues) => {
      const { clock, expired, deadlines, add } = harness();
      const items = dues.map(({ deadline }, name) => add(name, deadline));
      items.forEach((item, i) => {
        if (dues[i]?.removed) deadlines.remove(item);
      });
      await clock.advance(31);
      const wanted = items.filter((_, i) => !dues[i]?.removed);
      expect(expired.map(({ name }) => name).sort((a, b) => a - b)).toEqual(wanted.map(({ name }) => name));
      for (const { name, at } of expired) expect(at).toBe(items[name]?.deadline);
    }),
  );
});

it("rings for one that was added after a later one", async () => {
  const { clock, expired, add } = harness();
  add(1, 20);
  add(2, 5);
  await clock.advance(5);
  expect(expired).toEqual([{ name: 2, at: 5 }]);
  await clock.advance(15);
  expect(expired).toEqual([
    { name: 2, at: 5 },
    { name: 1, at: 20 },
  ]);
});

it("ends what is past its deadline though the timer had no chance to ring", () => {
  const { clock, expired, deadlines, add } = harness();
  add(1, 5);
  add(2, 9);
  clock.jump(7);
  deadlines.settle(clock.now());
  expect(expired).toEqual([{ name: 1, at: 7 }]);
});
