/** Frames that are refused before they are handled cost their tenant a request each. */
import { describe, expect, it } from "vitest";
import type { ClientFrame } from "../../protocol/frames.js";
import { hello, testHouse, testSession } from "../support/house.js";
import { anybody } from "../support/requests.js";
import { rowsOf } from "../support/servables.js";

/** A frame as a faulty client sends it. */
const faulty = (frame: object) => frame as ClientFrame;

describe("a frame that cannot be parsed", () => {
  it.each([
    ["infer", { type: "infer", id: 1, model: 5 }],
    ["subscribe", { type: "subscribe", id: 1, topic: 5 }],
    ["observe without an id", { type: "observe", stream: "SPX", ts: "now" }],
  ])("is charged as a request, and over the quota answered with that alone: %s", async (_, frame) => {
    const house = testHouse({ quotas: { requests: { per_second: 1, burst: 3 } } });
    const one = testSession(house);
    await one.send(hello);
    one.heard();
    await one.send(...Array.from({ length: 5 }, () => faulty(frame)));
    const codes = one.heard().map((answer) => answer.type === "error" && answer.code);
    expect(codes).toEqual([
      ...Array.from({ length: 3 }, () => "invalid_argument"),
      ...Array.from({ length: 2 }, () => "resource_exhausted"),
    ]);
    await one.send({ type: "describe", id: 7 });
    expect(one.heard()).toMatchObject([{ type: "error", id: 7, code: "resource_exhausted" }]);
    const other = testSession(house, { ...anybody, tenant: "beta" });
    await other.send(hello, { type: "describe", id: 7 });
    expect(other.heard()).toMatchObject([{ type: "welcome" }, { type: "ack", id: 7 }]);
  });
});

it("a request beyond the connection's credits is charged", async () => {
  const limits = { requests_in_flight: 1 };
  const house = testHouse({ limits, quotas: { requests: { per_second: 1, burst: 10 } } });
  const one = testSession(house);
  const infer = (id: number): ClientFrame => ({ type: "infer", id, model: "echo", inputs: { X: rowsOf(1) } });
  await one.send(hello, infer(1), infer(2), infer(3));
  expect(one.heard()).toMatchObject([
    { type: "welcome" },
    { type: "error", id: 2 },
    { type: "error", id: 3 },
  ]);
  expect(house.house.quotas.of(anybody.tenant).used("requests", house.clock.now())).toBe(3);
});
