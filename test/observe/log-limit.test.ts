import { expect, it } from "vitest";
import { LogLimit } from "../../gateway/observe/log-limit.js";
import { FakeClock } from "../support/clock.js";

it("of many lines of a kind the first is written, and then one each ten seconds with their number", () => {
  const clock = new FakeClock();
  const limit = new LogLimit(clock);
  const told: string[] = [];
  const line = (text: string) => limit.report("401", (count) => told.push(`${text} x${count}`));
  for (let i = 1; i <= 1_000; i++) line(`a${i}`);
  expect(told).toEqual(["a1 x1"]);
  clock.jump(9_999);
  line("b");
  expect(told).toHaveLength(1);
  clock.jump(1);
  line("c");
  expect(told.slice(1)).toEqual(["c x1001"]);
});

it("suppressed lines are reported also after a flood has ended, and each kind separately", () => {
  const clock = new FakeClock();
  const limit = new LogLimit(clock);
  const told: string[] = [];
  const line = (kind: string) => limit.report(kind, (count) => told.push(`${kind} x${count}`));
  for (let i = 0; i < 5; i++) line("401");
  line("403");
  expect(told).toEqual(["401 x1", "403 x1"]);
  limit.flush();
  expect(told).toHaveLength(2);
  clock.jump(10_000);
  limit.flush();
  expect(told.slice(2)).toEqual(["401 x4"]);
  clock.jump(10_000);
  limit.flush();
  expect(told).toHaveLength(3);
  line("401");
  expect(told.slice(3)).toEqual(["401 x1"]);
});
