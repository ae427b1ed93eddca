import fc from "fast-check";
import { expect, it } from "vitest";
import { type DeadlineItem, Deadlines } from "../../gateway/scheduling/deadlines.js";
import { FakeClock } from "../support/clock.js";
import { checkAsync } from "../support/seeded.js";

interface Named extends DeadlineItem<Named> {
  readonly name: number;
  settled: boolean;
}

function harness() {
  const clock = new FakeClock();
  const expired: { readonly name: number; readonly at: number }[] = [];
  const deadlines = new Deadlines<Named>(clock, ({ name }) => expired.push({ name, at: clock.now() }));
  const add = (name: number, deadline: number): Named => {
    const item = { name, deadline, settled: false, deadlineEntry: undefined };
    deadlines.add(item);
    return item;
  };
  return { clock, expired, deadlines, add };
}

it("tells each deadline when it is due and not before, and none that was removed", async () => {
  const due = fc.record({
    deadline: fc.integer({ min: 0, max: 30 }),
    removed: fc.constantFrom("at once", "later", undefined),
  });
  await checkAsync(
    fc.asyncProperty(fc.array(due, { maxLength: 30 }), async (dues) => {
      const { clock, expired, deadlines, add } = harness();
      const items = dues.map(({ deadline }, name) => add(name, deadline));
      const answer = (item: Named) => {
        deadlines.remove(item);
        item.settled = true;
      };
      items.forEach((item, i) => {
        if (dues[i]?.removed === "at once") answer(item);
      });
      deadlines.watch();
      items.forEach((item, i) => {
        if (dues[i]?.removed === "later") answer(item);
      });
      await clock.advance(31);
      const wanted = items.filter((_, i) => !dues[i]?.removed);
      expect(expired.map(({ name }) => name).sort((a, b) => a - b)).toEqual(wanted.map(({ name }) => name));
      for (const { name, at } of expired) expect(at).toBe(items[name]?.deadline);
    }),
  );
});

it("rings for one that was added after a later one", async () => {
  const { clock, expired, deadlines, add } = harness();
  add(1, 20);
  deadlines.watch();
  add(2, 5);
  deadlines.watch();
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
  deadlines.watch();
  clock.jump(7);
  deadlines.settle(clock.now());
  expect(expired).toEqual([{ name: 1, at: 7 }]);
});

it("ends what is past its deadline in the turn in which it came, once", () => {
  const { clock, expired, deadlines, add } = harness();
  const late = add(1, 5);
  add(2, 9);
  clock.jump(7);
  deadlines.settle(clock.now());
  late.settled = true; // by whoever was told
  deadlines.settle(clock.now());
  deadlines.watch();
  expect(expired).toEqual([{ name: 1, at: 7 }]);
});

it("arms no timer for what was answered in the turn in which it came", () => {
  const { clock, deadlines, add } = harness();
  add(1, 5).settled = true;
  deadlines.watch();
  expect(clock.armed).toBe(0);
});
