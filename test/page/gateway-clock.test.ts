/** The gateway's time on a machine whose clock is wrong. */
import { expect, it } from "vitest";
import { GatewayClock } from "../../page/shell/gateway-clock.js";

function clockAt(start: number) {
  const machine = { time: start };
  return { machine, clock: new GatewayClock(() => machine.time) };
}

it("is the machine's while the difference is the way of a sample", () => {
  const { machine, clock } = clockAt(1_000_000);
  expect(clock.now()).toBe(1_000_000);
  clock.heard(999_950);
  machine.time += 10;
  expect([clock.now(), clock.problem]).toEqual([1_000_010, undefined]);
});

it.each([
  [3_600_000, "This machine's clock is 60 min behind the gateway's; times here are the gateway's."],
  [-3_600_000, "This machine's clock is 60 min ahead of the gateway's; times here are the gateway's."],
  [-5_000, "This machine's clock is 5 s ahead of the gateway's; times here are the gateway's."],
  [86_400_000 * 3, "This machine's clock is 3 days behind the gateway's; times here are the gateway's."],
])("is corrected by %d ms, and said", (difference, problem) => {
  const { machine, clock } = clockAt(1_000_000_000);
  clock.heard(1_000_000_000 + difference);
  machine.time += 500;
  expect([clock.now(), clock.problem]).toEqual([1_000_000_500 + difference, problem]);
});

it("takes the sample that came the fastest, and follows a clock that is set", () => {
  const { machine, clock } = clockAt(1_000_000);
  clock.heard(1_010_000);
  clock.heard(1_009_000); // a second late
  expect(clock.now()).toBe(1_010_000);
  machine.time += 20_000; // somebody set the machine's clock right, or nearly
  clock.heard(1_020_050);
  expect([clock.now(), clock.problem]).toEqual([1_020_000, undefined]);
});
