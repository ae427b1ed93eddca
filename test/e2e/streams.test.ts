/** What a feed and a subscriber get over a socket, from the client, with the real numerics and the real disk. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { connect, type FeedAlarm, type TopicHeartbeat } from "../../client/typescript/index.js";
import { newDataFolder, startGateway as startProcess } from "../raw-client/gateway-process.js";
import { startGateway } from "../support/gateway.js";
import { days, watching } from "../support/market.js";
import { repositoryOf } from "../support/repository.js";
import { until } from "../support/until.js";

it("history warms a stream; its paths are told apart; the same over JSON", async () => {
  const gateway = await startGateway({ models: await repositoryOf({}) });
  onTestFinished(() => gateway.stop());
  for (const encoding of ["msgpack", "json"] as const) {
    const gate = await connect(gateway.url, { encoding });
    onTestFinished(() => gate.close());
    const { ts, rows } = days(0, 60);
    const stream = await gate.openStream(`SPX-${encoding}`, { ...watching, history: { ts, values: rows } });
    expect(stream).toMatchObject({ observations: 60, lastTs: 59 });
    const next = days(60, 20);
    await stream.observe(next.ts, next.rows);
    const filtered = await stream.state({ path: "filtered", limit: 50 });
    expect(filtered).toMatchObject({ observations: 80, path: { kind: "filtered", causal: true } });
    const smoothed = await stream.state({ path: "smoothed", limit: 50 });
    expect(smoothed.path).toMatchObject({ kind: "smoothed", causal: false, regimes: ["calm", "turbulent"] });
    for (const { path } of [filtered, smoothed]) {
      expect(Array.from(path?.ts ?? [])).toEqual(Array.from({ length: 50 }, (_, i) => 30 + i));
      expect(path?.probabilities).toHaveLength(100);
    }
    // Of the first days nothing was known when they came; from today they are plain.
    expect(Number.isNaN(filtered.path?.probabilities[0])).toBe(true);
    expect(smoothed.path?.regime[0]).toBe(1); // day 30: wild
    expect(smoothed.path?.probabilities[1]).toBeGreaterThan(0.9);
    // At the last day both know the same.
    expect(smoothed.path?.probabilities[99]).toBeCloseTo(filtered.path?.probabilities[99] ?? -1, 9);
  }
});

it("a dead feed shows by heartbeat and by event, to a subscriber whose socket lives", async () => {
  const gateway = await startGateway({ models: await repositoryOf({}) });
  onTestFinished(() => gateway.stop());
  const gate = await connect(gateway.url);
  onTestFinished(() => gate.close());
  const beats: TopicHeartbeat[] = [];
  const alarms: FeedAlarm[] = [];
  const stream = await gate.openStream("VIX", {
    ...watching,
    parameters: { ...watching.parameters, max_silence_ms: 300 },
  });
  await stream.observe(1, [0.1]);
  const subscription = gate.subscribe("regime.VIX", {
    onFeed: (alarm) => alarms.push(alarm),
    heartbeatMs: 1_000,
    onHeartbeat: (beat) => beats.push(beat),
  });
  await until(async () => expect(alarms.map(({ kind }) => kind)).toEqual(["feed_silent"]));
  expect(await (await fetch(`${gateway.http}/metrics`)).text()).toContain("headgate_streams_silent 1");
  await until(async () => expect(beats.length).toBeGreaterThan(0));
  expect(beats[0]).toMatchObject({ topic: "regime.VIX", lastTs: 1 });
  expect(beats[0]?.silentMs).toBeGreaterThan(300);
  await stream.observe(2, [0.1]);
  await until(async () =>
    expect(alarms[1]).toMatchObject({ kind: "feed_resumed", observed_ts: 2, offset: 2 }),
  );
  expect(subscription.cursor).toMatchObject({ offset: 2 });
  subscription.close();
});

it("a disk without room refuses observations and loses none; with room again they are taken", async () => {
  const [data, models] = [await newDataFolder(), await repositoryOf({})];
  // The system lets no file grow past 1 MiB: a write beyond fails as on a full disk.
  const small = ["bash", "-c", 'trap "" XFSZ; ulimit -f 1024; exec "$@"', "small"];
  const full = await startProcess(data, { models, under: small });
  const gate = await connect(`ws://127.0.0.1:${full.port}/v1`, { timeoutMs: 30_000 });
  const stream = await gate.openStream("SPX", watching);
  let acked = 0;
  let refusal: unknown;
  while (refusal === undefined && acked < 1_000_000) {
    const { ts, rows } = days(acked, 2_000);
    await stream.observe(ts, rows).then(
      () => {
        acked += 2_000;
      },
      (error: unknown) => {
        refusal = error;
      },
    );
  }
  expect(refusal).toMatchObject({ code: "unavailable", processed: "no" });
  expect(await stream.state()).toMatchObject({ observations: acked, last_ts: acked - 1 });
  await gate.close();
  await full.kill();
  const roomy = await startProcess(data, { models });
  onTestFinished(() => roomy.dispose());
  const again = await connect(`ws://127.0.0.1:${roomy.port}/v1`);
  onTestFinished(() => again.close());
  const reopened = await again.openStream("SPX", watching);
  expect(reopened.observations).toBe(acked);
  const { ts, rows } = days(acked, 2_000);
  expect(await reopened.observe(ts, rows)).toMatchObject({ accepted: 2_000, duplicates: 0 });
});

it("a gateway that is stopped and started on its folder: the epoch stays, nothing was missed", async () => {
  const data = await mkdtemp(join(tmpdir(), "headgate-streams-"));
  onTestFinished(() => rm(data, { recursive: true, force: true }));
  const models = await repositoryOf({});
  const first = await startGateway({
    data,
    models,
    drain: { deadline_ms: 2_000, retry_min_ms: 1, retry_max_ms: 40 },
  });
  const gate = await connect(first.url, { backoff: { firstMs: 10, mostMs: 40 } });
  onTestFinished(() => gate.close());
  const recovered: boolean[] = [];
  const subscription = gate.subscribe("regime.SPX", {
    onSnapshot: (snapshot) => recovered.push(snapshot.recovered),
  });
  const stream = await gate.openStream("SPX", watching);
  const [early, late] = [days(0, 60), days(60, 40)];
  await stream.observe(early.ts, early.rows);
  await first.stop();
  const second = await startGateway({ data, models, port: first.port });
  onTestFinished(() => second.stop());
  expect(await stream.observe(late.ts, late.rows)).toMatchObject({ accepted: 40, duplicates: 0 });
  await until(async () => expect(recovered).toEqual([false, true]));
  const offsets: number[] = [];
  const total = (await stream.state()).observations;
  expect(total).toBe(100);
  for await (const change of subscription) {
    offsets.push(change.offset);
    if (change.observed_ts >= 97) break;
  }
  expect(offsets).toEqual(offsets.map((_, i) => i + 1));
});
