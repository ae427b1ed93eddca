/** What samples show at the documented maximum of each of their tables, and how the rest is told. */
import { describe, expect, it } from "vitest";
import { whole } from "../../engines/pieces.js";
import type { Principal } from "../../gateway/auth/principal.js";
import { Catalog } from "../../gateway/catalog/catalog.js";
import { TrafficTap } from "../../gateway/observe/traffic.js";
import type { Workload } from "../../gateway/scheduling/workload.js";
import { modelsSchema } from "../../gateway/watch/models/models-schema.js";
import { modelsTopic } from "../../gateway/watch/models/models-topic.js";
import { statsSchema } from "../../gateway/watch/stats/stats-schema.js";
import { statsTopic } from "../../gateway/watch/stats/stats-topic.js";
import { TrafficRecorder } from "../../gateway/watch/stats/traffic-recorder.js";
import { streamsSchema } from "../../gateway/watch/streams/streams-schema.js";
import { streamsTopic } from "../../gateway/watch/streams/streams-topic.js";
import type { RegimeState } from "../../protocol/frames.js";
import { anybody } from "../support/requests.js";
import { model } from "../support/servables.js";

const operator: Principal = { ...anybody, tenant: "ops", scopes: new Set(["metrics:read"]) };
const noWorkload: Workload = { tenants: new Map(), versions: new Map(), lanes: new Map() };

function statsOf(workload: Workload) {
  const tap = new TrafficTap();
  const topic = statsTopic({
    recorder: new TrafficRecorder(tap),
    workload: () => workload,
    ready: () => true,
    draining: () => false,
    uptimeMs: () => 1,
    memory: () => ({ heapUsed: 1, rss: 1 }),
    eventLoop: () => ({ next: () => ({ p50: 0, p99: 0, max: 0 }), end: () => {} }),
  });
  const collector = topic.view(operator, "").collector();
  return { tap, sample: () => statsSchema.parse(whole(collector.sample(1_000))) };
}

const numbered = (count: number, name: string) => Array.from({ length: count }, (_, i) => `${name}${i}`);

describe("gateway.stats", () => {
  it("sums up the tenants beyond 256 and the models beyond 512, and loses no request of them", () => {
    const { tap, sample } = statsOf(noWorkload);
    const servables = numbered(600, "m").map((name) => model({}, name));
    const tenants = numbered(300, "t");
    for (const [i, tenant] of tenants.entries()) {
      tap.listener?.received(tenant, 10);
      tap.listener?.answered(tenant, servables[0] as (typeof servables)[0], i);
    }
    for (const servable of servables) {
      tap.listener?.refused("t0", servable);
      tap.listener?.computed(servable, 2, 4, [{ account: { tenant: "t0" }, rows: 2 }]);
    }
    const { models, tenants: rows, requests } = sample();
    expect([models.length, rows.length, requests]).toEqual([513, 257, 900]);
    expect(rows.at(-1)).toMatchObject({
      tenant: "(others)",
      requests: 44,
      bytes_in: 440,
      latency_ms: { max: 299 },
    });
    expect(models.at(-1)).toMatchObject({ model: "(others)", version: "", requests: 88, errors: 88 });
    expect(models.at(-1)).toMatchObject({
      inferences: 176,
      compute_ms: 352,
      batch: { count: 88, max_rows: 2 },
    });
    expect(models.reduce((sum, each) => sum + each.requests, 0)).toBe(900);
    expect(rows.reduce((sum, each) => sum + each.requests, 0)).toBe(900);
  });

  it("counts what waits with the others, too, of tenants and models without a row of their own", () => {
    const { tap, sample } = statsOf({
      tenants: new Map(numbered(300, "t").map((name) => [name, { inFlight: 3, waiting: 2 }])),
      versions: new Map(
        numbered(600, "m").map((name) => [
          name,
          { model: name, version: "1", waiting: new Map([["t0", 1]]) },
        ]),
      ),
      lanes: new Map(),
    });
    tap.listener?.refused("late", undefined);
    const { models, tenants, in_flight, queue } = sample();
    expect([models.length, tenants.length, in_flight, queue]).toEqual([513, 257, 900, 600]);
    expect(tenants.at(-1)).toMatchObject({ tenant: "(others)", in_flight: 45 * 3, waiting: 45 * 2 });
    expect(models.at(-1)).toMatchObject({ model: "(others)", version: "", queue: 88, batch: null });
    expect(tenants.reduce((sum, each) => sum + each.in_flight, 0)).toBe(900);
    expect(models.reduce((sum, each) => sum + each.queue, 0)).toBe(600);
  });
});

describe("the tables", () => {
  it("of models have 500 rows, and how many are left out", () => {
    const catalog = new Catalog();
    for (const name of numbered(700, "m")) catalog.set(model({}, name), { kind: "ready" });
    catalog.refuse("a-broken-one", "no such datatype");
    const topic = modelsTopic({
      catalog,
      requiresSignature: false,
      publicText: (text) => text,
      statistics: () => [],
    });
    const sample = modelsSchema.parse(whole(topic.view(operator, "").collector().sample(0)));
    expect(sample).toMatchObject({ total: 701, left_out: 201 });
    expect(sample.models.map(({ name }) => name)).toEqual(
      ["a-broken-one", ...numbered(700, "m")].sort().slice(0, 500),
    );
  });

  it("of streams have 500 rows, the first by name, and count the silent ones of all", () => {
    const names = numbered(5_000, "s");
    const state = (_: string, stream: string): RegimeState => ({
      kind: "regime_state",
      stream,
      detector: "openly",
      version: "1",
      observations: 1,
      last_ts: 1,
      regime: "unknown",
      probability: null,
      probabilities: {},
    });
    const silent = (name: string) => name.endsWith("7");
    const get = (_: string, name: string) => ({ isSilent: silent(name), silentMs: 5, changedTs: undefined });
    const streams = { names: () => names, state, get };
    const collector = (contains: string) => streamsTopic(streams).view(anybody, contains).collector();
    const work = collector("").sample(0);
    let pieces = 0;
    let step = work.next();
    for (; step.done !== true; step = work.next()) pieces++;
    const sample = streamsSchema.parse(step.value);
    expect(sample).toMatchObject({ total: 5_000, left_out: 4_500, silent: 500 });
    expect(sample.streams.map(({ name }) => name)).toEqual([...names].sort().slice(0, 500));
    expect(pieces).toBeGreaterThan(10);
    expect(whole(collector("s123").sample(0))).toMatchObject({ total: 11, left_out: 0, silent: 1 });
  });
});
