import { getEventListeners } from "node:events";
import { expect, it } from "vitest";
import { pause } from "../../gateway/waiting/pause.js";
import { Settlement } from "../../gateway/waiting/settlement.js";
import { FakeClock } from "../support/clock.js";

it("is settled by the first call; later calls answer false", async () => {
  const settlement = new Settlement<string>();
  expect(settlement.settled).toBe(false);
  expect([
    settlement.resolve("one"),
    settlement.reject(new Error("two")),
    settlement.resolve("three"),
  ]).toEqual([true, false, false]);
  settlement.follow(Promise.resolve("four"));
  expect([await settlement.answer, settlement.settled]).toEqual(["one", true]);
});

it("has one timer, which does not outlive it", async () => {
  const clock = new FakeClock();
  const settlement = new Settlement<string>();
  const rung: string[] = [];
  settlement.after(10, clock, () => rung.push("first"));
  settlement.after(20, clock, () => rung.push("second"));
  expect(clock.armed).toBe(1);
  await clock.advance(15);
  expect(rung).toEqual([]);
  settlement.resolve("answer");
  expect(clock.armed).toBe(0);
  settlement.after(1, clock, () => rung.push("third"));
  await clock.advance(100);
  expect([rung, clock.armed]).toEqual([[], 0]);
});

it("a pause ends with its time or its signal, and leaves neither timer nor listener behind", async () => {
  const clock = new FakeClock();
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = () => getEventListeners(signal, "abort").length;
  let pauses = 0;
  const paused = () => void pause(50, clock, signal).then(() => pauses++);
  for (let i = 1; i <= 3; i++) {
    paused();
    expect([clock.armed, listeners()]).toEqual([1, 1]);
    await clock.advance(50);
    expect([pauses, clock.armed, listeners()]).toEqual([i, 0, 0]);
  }
  paused();
  controller.abort();
  await clock.settle();
  expect([pauses, clock.armed, listeners()]).toEqual([4, 0, 0]);
  paused();
  await clock.settle();
  expect([pauses, clock.armed, listeners()]).toEqual([5, 0, 0]);
});
