/** Which streams a watcher of gateway.streams sees, and what of them. */
import { describe, expect, it } from "vitest";
import type { Principal } from "../../gateway/auth/principal.js";
import { streamsSchema } from "../../gateway/watch/streams/streams-schema.js";
import type { ClientFrame, SampleFrame } from "../../protocol/frames.js";
import { toWire } from "../../protocol/tensor.js";
import { hello, testHouse, testSession } from "../support/house.js";
import { anybody } from "../support/requests.js";

const values = (value: number) => toWire({ datatype: "FP64", shape: [1], data: Float64Array.of(value) });

function feed(...streams: string[]): ClientFrame[] {
  return streams.flatMap((stream, i): ClientFrame[] => [
    { type: "open", id: 10 * i + 1, stream, detector: "openly" },
    { type: "observe", id: 10 * i + 2, stream, ts: 1, values: values(0.5) },
  ]);
}

async function stand() {
  const house = testHouse();
  const one = testSession(house, anybody);
  await one.send(hello, ...feed("SPX", "SPX-alt", "NDX"));
  const other = testSession(house, { ...anybody, tenant: "other", namespace: "other" });
  await other.send(hello, ...feed("THEIRS"));
  const watch = async (principal: Principal, contains?: string) => {
    const session = testSession(house, principal);
    await session.send(hello, {
      type: "watch",
      id: 1,
      topic: "gateway.streams",
      ...(contains && { contains }),
    });
    return session;
  };
  return { house, one, watch };
}

describe("a watch of gateway.streams", () => {
  it("begins with a sample of the streams of its namespace, and of no other, whatever its scopes", async () => {
    const { watch } = await stand();
    const [, ack, sample] = (await watch(anybody)).heard() as [
      unknown,
      unknown,
      SampleFrame<"gateway.streams">,
    ];
    expect(ack).toEqual({ type: "ack", id: 1, topic: "gateway.streams", interval_ms: 1_000 });
    expect(streamsSchema.parse(sample.data)).toEqual(sample.data);
    expect(sample.data).toMatchObject({ total: 3, silent: 0, left_out: 0, interval_ms: 0 });
    expect(sample.data.streams.map(({ name }) => name)).toEqual(["NDX", "SPX", "SPX-alt"]);
    expect(sample.data.streams[1]).toMatchObject({
      observations: 1,
      observations_per_second: null,
      last_ts: 1,
    });
    expect(JSON.stringify(sample)).not.toContain("THEIRS");
  });

  it("shows only what the filter and the grants of the token leave", async () => {
    const { watch } = await stand();
    const names = async (principal: Principal, contains?: string) => {
      const [, , sample] = (await watch(principal, contains)).heard() as SampleFrame<"gateway.streams">[];
      return [sample?.data.total, sample?.data.streams.map(({ name }) => name)];
    };
    expect(await names(anybody, "SPX")).toEqual([2, ["SPX", "SPX-alt"]]);
    expect(await names({ ...anybody, topics: ["regime.N*"] })).toEqual([1, ["NDX"]]);
    expect(await names({ ...anybody, topics: ["regime.N*"] }, "SPX")).toEqual([0, []]);
  });

  it("tells the observations of the interval", async () => {
    const { house, one, watch } = await stand();
    const watching = await watch(anybody, "NDX");
    watching.heard();
    await one.send({ type: "observe", stream: "NDX", ts: 2, values: values(0.25) });
    await one.send({ type: "observe", stream: "NDX", ts: 3, values: values(0.25) });
    await house.clock.advance(1_000);
    const [sample] = watching.heard() as SampleFrame<"gateway.streams">[];
    expect(sample?.data.streams).toMatchObject([
      { observations: 3, observations_per_second: 2, silent_ms: 1_000, last_ts: 3 },
    ]);
  });
});
