/** Which connections a watcher of gateway.connections sees, and what of them. */
import { describe, expect, it } from "vitest";
import { whole } from "../../engines/pieces.js";
import type { Principal } from "../../gateway/auth/principal.js";
import { connectionsSchema } from "../../gateway/watch/connections/connections-schema.js";
import {
  connectionsMax,
  connectionsTopic,
  type WatchedConnection,
} from "../../gateway/watch/connections/connections-topic.js";
import type { SampleFrame } from "../../protocol/frames.js";
import { testHouse, testSession } from "../support/house.js";
import { anybody } from "../support/requests.js";
import { rowsOf } from "../support/servables.js";

const operator: Principal = { ...anybody, tenant: "ops", scopes: new Set(["metrics:read"]) };
const desk: Principal = {
  ...anybody,
  tenant: "desk",
  scopes: new Set(["models:infer"]),
  subject: "key:desk",
};
const rival: Principal = { ...desk, tenant: "rival", subject: "key:rival" };

describe("a watch of gateway.connections", () => {
  it("shows a tenant its own connections, and who may read the metrics all of them", async () => {
    const house = testHouse();
    const watch = { type: "watch", id: 1, topic: "gateway.connections" } as const;
    const own = testSession(house, desk);
    await own.send({ type: "hello", client: "desk-agent/2" }, watch);
    const other = testSession(house, rival);
    await other.send({ type: "hello", client: "rival-agent/1" });
    await other.send({ type: "infer", id: 1, model: "echo", inputs: { X: rowsOf(1) } });
    const all = testSession(house, operator);
    await all.send({ type: "hello" }, watch);
    own.heard();
    const [, , first] = all.heard() as SampleFrame<"gateway.connections">[];
    expect(connectionsSchema.parse(first?.data)).toEqual(first?.data);
    expect(first?.data).toMatchObject({ scope: "gateway", total: 3, left_out: 0 });
    expect(first?.data.connections[0]).toMatchObject({
      client: "rival-agent/1",
      tenant: "rival",
      principal: "key:rival",
      in_flight: 1,
      messages: 2,
      messages_per_second: null,
      transport: "headgate.v1.msgpack",
    });
    await house.clock.advance(1_000);
    const [sample] = own.heard() as SampleFrame<"gateway.connections">[];
    expect(sample?.data).toMatchObject({ scope: "tenant", total: 1 });
    expect(sample?.data.connections).toMatchObject([
      { client: "desk-agent/2", watches: 1, subscriptions: 0, messages_per_second: 0 },
    ]);
    expect(JSON.stringify(sample)).not.toContain("rival");
  });

  it("shows the busiest of many, and how many are left out", () => {
    const connection = (n: number): WatchedConnection => ({
      tenant: "desk",
      inFlight: n % 256,
      figures: () => ({
        id: `c-${n}`,
        client: null,
        tenant: "desk",
        principal: "p",
        since: 1,
        in_flight: n % 256,
        subscriptions: 0,
        watches: 0,
        bytes_sent: 0,
        bytes_waiting: 0,
        messages: n,
        transport: "headgate.v1.json",
      }),
    });
    const connections = Array.from({ length: 10_000 }, (_, n) => connection(n));
    const collector = connectionsTopic({ connections: () => connections })
      .view(operator, "")
      .collector();
    const sample = whole(collector.sample(0));
    expect(sample).toMatchObject({ total: 10_000, left_out: 10_000 - connectionsMax });
    expect(sample.connections).toHaveLength(connectionsMax);
    expect(Math.min(...sample.connections.map(({ in_flight }) => in_flight))).toBeGreaterThan(248);
  });
});
