/** The demo's crash, with a gateway that is only counted. */
import { expect, test } from "vitest";
import { Crash, crashDay } from "../../examples/demo/crash.js";

const bar = (date: string) => ({ date, time: Date.parse(date), high: 1, low: 1, close: 1, volume: 1 });

test("the gateway is killed on the day Lehman failed, or in the middle of a market without that day", () => {
  const days = ["2008-09-12", "2008-09-15", "2008-09-16", "2008-09-17"].map(bar);
  expect(crashDay(days)).toBe(1);
  expect(crashDay(days.slice(2).concat(days.slice(2)))).toBe(2);
});

function gatewayThat(restart: () => Promise<void>) {
  const calls: string[] = [];
  const kill = async () => void calls.push("kill");
  return {
    calls,
    kill,
    restart: async () => {
      calls.push("restart");
      await restart();
    },
  };
}

test("it is away from the kill until the new process is ready and every client is connected", async () => {
  let ready = () => {};
  const gateway = gatewayThat(() => new Promise<void>((resolve) => (ready = resolve)));
  const crash = new Crash(gateway, 1);
  expect(crash.isAway(() => true)).toBe(false);
  crash.begin();
  expect(crash.isAway(() => true)).toBe(true); // the clients have not noticed yet
  await new Promise(setImmediate);
  expect(gateway.calls).toEqual(["kill", "restart"]);
  expect(crash.isAway(() => true)).toBe(true);
  ready();
  await crash.settled();
  expect(crash.isAway(() => false)).toBe(true);
  expect(crash.returnMs).toBeUndefined();
  expect(crash.isAway(() => true)).toBe(false);
  expect(crash.returnMs).toBeGreaterThanOrEqual(crash.awayMs ?? Infinity);
  expect(crash.isAway(() => false)).toBe(false); // a later loss of a connection is no part of this crash
});

test("a gateway that cannot be started again is no longer awaited, and the reason is told", async () => {
  const crash = new Crash(
    gatewayThat(() => Promise.reject(new Error("the port is taken"))),
    1,
  );
  crash.begin();
  await expect(crash.settled()).rejects.toThrow(
    "the killed gateway could not be started again: the port is taken",
  );
  expect(crash.isAway(() => false)).toBe(false);
});
