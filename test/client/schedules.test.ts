/** Schedules of the TypeScript client: what is sent, also once more after a lost connection, and what is answered. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Gate } from "../../client/typescript/gate.js";
import type { ClientFrame, GatewayFrame } from "../../protocol/frames.js";
import type { ScheduleSettings } from "../../protocol/schedule-frames.js";
import { ScriptedPlatform } from "../support/scripted-platform.js";

const settings: ScheduleSettings = {
  schedule: "nightly",
  model: "direction",
  trainer: "ridge",
  inputs: { X: { ref: "bars", columns: ["a"] }, y: { ref: "labels" } },
  trigger: { at: ["05:30"], weekdays: ["mon"] },
  validation: { rows: 100, folds: 5 },
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const passed = (ms: number) => vi.advanceTimersByTimeAsync(ms);

async function made(features = ["infer", "schedule"]) {
  const platform = new ScriptedPlatform();
  const gate = new Gate(["ws://gateway/v1"], { wait: false, backoff: { firstMs: 10, mostMs: 10 } }, platform);
  await passed(0);
  platform.greet({ features });
  await passed(0);
  return { platform, gate };
}

async function ack(platform: ScriptedPlatform, type: ClientFrame["type"], more: Record<string, unknown>) {
  const frame = platform.last(type) as ClientFrame & { id: number };
  platform.send({ type: "ack", id: frame.id, ...more } as GatewayFrame);
  await passed(0);
  return frame;
}

it("puts, lists, describes and removes", async () => {
  const { platform, gate } = await made();
  const state = { ...settings, retrains: 0, last: null };
  const put = gate.schedule(settings, { replace: true });
  await passed(0);
  expect(await ack(platform, "schedule", { created: true, state })).toMatchObject({
    ...settings,
    replace: true,
  });
  expect(await put).toEqual(state);
  const list = gate.schedules({ model: "direction", limit: 1 });
  await passed(0);
  const listed = await ack(platform, "schedules", { schedules: [state], next: "nightly" });
  expect(listed).toMatchObject({ model: "direction", limit: 1 });
  expect(await list).toEqual({ schedules: [state], next: "nightly" });
  const one = gate.scheduleState("nightly");
  await passed(0);
  expect(await ack(platform, "schedules", { state })).toMatchObject({ schedule: "nightly" });
  expect(await one).toEqual(state);
  const removed = gate.unschedule("nightly");
  await passed(0);
  expect(await ack(platform, "unschedule", { schedule: "nightly" })).toMatchObject({ schedule: "nightly" });
  await removed;
  await gate.close();
});

it("of a gateway without schedules are refused here", async () => {
  const { gate } = await made(["infer"]);
  const refused = expect(gate.schedule(settings)).rejects.toMatchObject({ code: "unimplemented" });
  await passed(0);
  await refused;
  await gate.close();
});
