import { expect, it } from "vitest";
import { AwakeClock, everyMs } from "../../gateway/awake-clock.js";

it("runs as the clock does while looks come in time", () => {
  const awake = new AwakeClock(0);
  for (let now = everyMs; now <= 10_000; now += everyMs) awake.look(now + 90); // timers are usually a little late
  expect(awake.at(10_000)).toBe(10_000);
});

it("stands still while the process is stopped, before and after it had a look", () => {
  const awake = new AwakeClock(0);
  awake.look(250);
  expect(awake.at(450)).toBe(450);
  expect(awake.at(10_250)).toBe(500); // another timer may run before that of `look`
  awake.look(10_250);
  expect(awake.at(10_250)).toBe(500);
  awake.look(10_500);
  expect(awake.at(10_600)).toBe(850);
});

it("never goes back", () => {
  const awake = new AwakeClock(0);
  let last = 0;
  for (let now = 0; now < 20_000; now += 7) {
    if (now % 3_001 < 7) awake.look(now);
    const at = awake.at(now);
    expect(at).toBeGreaterThanOrEqual(last - lateness);
    last = at;
  }
});

/** A late `look` subtracts time that had been counted before the pause was detected. */
const lateness = 100;
