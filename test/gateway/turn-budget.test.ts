import { expect, it } from "vitest";
import type { Pieces } from "../../engines/pieces.js";
import { TurnBudget } from "../../gateway/turn-budget.js";
import { FakeClock } from "../support/clock.js";

/** So many pieces of a millisecond; tells who took one, and in which turn. */
function* work(clock: FakeClock, who: string, pieces: number, told: (string | number)[][]): Pieces<string> {
  for (let i = 0; i < pieces; i++) {
    clock.jump(1);
    told.push([clock.turn, who]);
    yield;
  }
  return who;
}

it("lets work go on until the turn is spent, then in the next", async () => {
  const clock = new FakeClock();
  const turns = new TurnBudget(clock, 5);
  const told: (string | number)[][] = [];
  const all = turns.all(work(clock, "a", 12, told));
  await clock.settle();
  expect(await all).toBe("a");
  const perTurn = [0, 1, 2].map((turn) => told.filter(([at]) => at === turn).length);
  expect(perTurn).toEqual([6, 6, 0]); // five pieces after the first, whose time is checked at its end
});

it("counts the work of a turn together, whoever's it is, and those that wait go on one a turn, in their order", async () => {
  const clock = new FakeClock();
  const turns = new TurnBudget(clock, 5);
  const told: (string | number)[][] = [];
  const all = ["a", "b", "c"].map((who) => turns.all(work(clock, who, 12, told)));
  await clock.settle();
  expect(await Promise.all(all)).toEqual(["a", "b", "c"]);
  for (let turn = 1; turn <= clock.turn; turn++) {
    const those = told.filter(([at]) => at === turn);
    expect(those.length).toBeLessThanOrEqual(6);
    expect(new Set(those.map(([, who]) => who)).size).toBeLessThanOrEqual(1);
  }
  const order = told.map(([, who]) => who).filter((who, i, those) => who !== those[i - 1]);
  expect(order).toEqual(["a", "b", "c", "a", "b", "c", "b", "c"]);
});

it("a turn with nobody's work is not counted on", async () => {
  const clock = new FakeClock();
  const turns = new TurnBudget(clock, 5);
  expect(turns.spent).toBe(false);
  await clock.settle();
  clock.jump(1_000);
  expect(turns.spent).toBe(false);
});
