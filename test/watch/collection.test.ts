/** A sample of hundreds of rows is collected over several turns. Meanwhile clients come, and their rights change. */
import { describe, expect, it } from "vitest";
import type { Principal } from "../../gateway/auth/principal.js";
import type { ClientFrame, GatewayFrame, SampleFrame } from "../../protocol/frames.js";
import { hello, testHouse, testSession } from "../support/house.js";
import { anybody } from "../support/requests.js";
import { model } from "../support/servables.js";

const count = 300;
const watch: ClientFrame = { type: "watch", id: 1, topic: "gateway.models" };

type ModelsFrame = SampleFrame<"gateway.models">;

function samples(heard: readonly GatewayFrame[]): ModelsFrame[] {
  return heard.filter((frame): frame is ModelsFrame => frame.type === "sample");
}

/** A house in which each model's row takes 0.2 ms, and `meanwhile` is called once, at the middle of a sample. */
async function stand(principal: Principal = { ...anybody, tenant: "ops" }) {
  const house = testHouse(
    {},
    Array.from({ length: count }, (_, i) => model({}, `m${i}`)),
  );
  const watching = testSession(house, principal);
  await watching.send(hello, watch);
  watching.heard();
  const state: { rows: number; meanwhile?: () => void } = { rows: 0 };
  house.catalog.card = () => {
    house.clock.jump(0.2);
    state.rows++;
    if (state.rows === count / 2) state.meanwhile?.();
    return undefined;
  };
  return { house, watching, state };
}

describe("while a sample is collected", () => {
  it("other work has its turns", async () => {
    const { house, watching, state } = await stand();
    const rowsAtTurns: number[] = [];
    state.meanwhile = () => house.clock.soon(() => rowsAtTurns.push(state.rows));
    await house.clock.advance(1_000);
    expect(samples(watching.heard())).toHaveLength(1);
    expect(rowsAtTurns[0]).toBeLessThan(count);
  });

  it("a client that comes gets that sample, once, and it is not collected again", async () => {
    const { house, watching, state } = await stand();
    const late = testSession(house, { ...anybody, tenant: "ops" });
    state.meanwhile = () => void late.send(hello, watch);
    await house.clock.advance(1_000);
    const [sample] = samples(watching.heard());
    expect(sample?.data.models).toHaveLength(count);
    expect(samples(late.heard())).toEqual([sample]);
    expect(state.rows).toBe(count);
  });

  it("a client that goes gets nothing, and the others get theirs", async () => {
    const { house, watching, state } = await stand();
    const other = testSession(house, { ...anybody, tenant: "ops" });
    await other.send(hello, watch);
    other.heard();
    state.rows = 0;
    state.meanwhile = () => watching.session.gone();
    await house.clock.advance(1_000);
    expect(samples(watching.heard())).toEqual([]);
    expect(samples(other.heard())).toHaveLength(1);
  });

  it("a client that loses a right does not get what only the old rights show", async () => {
    const principal = { ...anybody, tenant: "ops" };
    const { house, watching, state } = await stand(principal);
    state.meanwhile = () => void Object.assign(principal, { scopes: new Set(["models:infer"]) });
    await house.clock.advance(1_000);
    expect(samples(watching.heard())).toEqual([]);
    await house.clock.advance(2_000);
    const counts = samples(watching.heard()).flatMap(({ data }) =>
      data.models.flatMap(({ versions }) => versions.map((each) => each.counts)),
    );
    expect(new Set(counts)).toEqual(new Set([null]));
  });
});

describe("tables of hundreds of rows", () => {
  it.each([
    ["gateway.stats", 250],
    ["gateway.workers", 250],
    ["gateway.connections", 1_000],
    ["gateway.models", 1_000],
    ["gateway.streams", 1_000],
  ] as const)("of %s come every %s ms at most, and the ack says so", async (topic, interval_ms) => {
    const session = testSession(testHouse(), anybody);
    await session.send(hello, { type: "watch", id: 1, topic, interval_ms: 250 });
    expect(session.heard()[1]).toEqual({ type: "ack", id: 1, topic, interval_ms });
  });
});
