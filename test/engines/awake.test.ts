import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Awake } from "../../engines/pool/awake.js";

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
  const awake = new Awake(2);
  awake.stay();
  awake.stay();
  expect(turns).toHaveLength(1);
  now = 1;
  turn();
  expect(turns).toHaveLength(1);
  awake.stay(); // until 3
  now = 2.5;
  turn();
  expect(turns).toHaveLength(1);
  now = 3;
  turn();
  expect(turns).toHaveLength(0);
  awake.stay();
  expect(turns).toHaveLength(1);
});

it("lets it sleep at once where nothing else was asked", () => {
  new Awake(0).stay();
  expect(turns).toHaveLength(0);
});
