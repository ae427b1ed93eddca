import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { BusyPoll } from "../../engines/pool/busy-poll.js";

let now = 0;
let turns: (() => void)[] = [];
beforeEach(() => {
  now = 0;
  turns = [];
  vi.spyOn(performance, "now").mockImplementation(() => now);
  vi.stubGlobal("setImmediate", (turn: () => void) => turns.push(turn));
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

function turn(): void {
  for (const each of turns.splice(0)) each();
}

it("keeps the loop turning until so long after the last work, once however much work there was", () => {
  const poll = new BusyPoll(2);
  poll.stay();
  poll.stay();
  expect(turns).toHaveLength(1);
  now = 1;
  turn();
  expect(turns).toHaveLength(1);
  poll.stay(); // until 3
  now = 2.5;
  turn();
  expect(turns).toHaveLength(1);
  now = 3;
  turn();
  expect(turns).toHaveLength(0);
  poll.stay();
  expect(turns).toHaveLength(1);
});

it("lets it sleep at once where nothing else was asked", () => {
  new BusyPoll(0).stay();
  expect(turns).toHaveLength(0);
});
