import fc from "fast-check";
import { expect, it } from "vitest";
import { RequestQueue } from "../../client/typescript/request-queue.js";

interface Item {
  readonly name: number;
  settled: boolean;
}

/** What it must do, as plainly as can be. */
class Model {
  items: Item[] = [];
  first = () => this.items.find(({ settled }) => !settled);
}

type Step = "push" | "first" | "back" | "take" | "give up";
const steps = fc.array(
  fc.tuple(fc.constantFrom<Step>("push", "push", "first", "back", "take", "give up"), fc.nat()),
  {
    maxLength: 400,
  },
);

it("keeps the order, whatever is pushed, put back, taken and given up", () => {
  fc.assert(
    fc.property(steps, (each) => {
      const line = new RequestQueue<Item>();
      const model = new Model();
      let name = 0;
      const made = (): Item => ({ name: name++, settled: false });
      for (const [step, number] of each) {
        if (step === "push") {
          const item = made();
          line.push(item);
          model.items.push(item);
        } else if (step === "first") {
          const item = made();
          line.pushFirst(item);
          model.items.unshift(item);
        } else if (step === "back") {
          const items = [made(), made(), made()];
          line.putBack(items);
          model.items.unshift(...items);
        } else if (step === "take") {
          const next = line.first();
          expect(next).toBe(model.first());
          if (next === undefined) continue;
          line.shift();
          model.items = model.items.filter((item) => item !== next);
        } else {
          const waiting = model.items.filter(({ settled }) => !settled);
          const item = waiting[number % Math.max(1, waiting.length)];
          if (item === undefined) continue;
          item.settled = true;
          line.settledOne();
        }
      }
      const left = () => line.values().filter(({ settled }) => !settled);
      expect(left()).toEqual(model.items.filter(({ settled }) => !settled));
    }),
  );
});

it("keeps of those that were given up no more than wait", () => {
  const line = new RequestQueue<Item>();
  const items = Array.from({ length: 1_000 }, (_, name) => ({ name, settled: false }));
  for (const item of items) line.push(item);
  for (const item of items.slice(0, 990)) {
    item.settled = true;
    line.settledOne();
    expect(line.values().length).toBeLessThanOrEqual(2 * items.filter(({ settled }) => !settled).length + 1);
  }
  expect(line.first()?.name).toBe(990);
});
