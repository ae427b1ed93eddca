/** The topics of jobs and models: what their snapshots show, who may subscribe, and how models reach every namespace. */
import { describe, expect, test } from "vitest";
import { requireSubscription } from "../../gateway/auth/authorization.js";
import type { Scope } from "../../gateway/auth/scopes.js";
import { Catalog } from "../../gateway/catalog/catalog.js";
import type { EventChange, TopicKey } from "../../gateway/events/event-log.js";
import { eventNamespace, topicKey } from "../../gateway/events/event-namespace.js";
import { jobTopics } from "../../gateway/jobs/job-topics.js";
import { expiryListener, modelTopics, servingListener } from "../../gateway/jobs/model-topics.js";
import { readEvents } from "../../gateway/requests/event-page.js";
import { readTopic } from "../../protocol/topics.js";
import { model } from "../support/servables.js";
import { JobsRig, request } from "./fakes.js";

test("a job's topic shows its state, in its own namespace only", async () => {
  const rig = new JobsRig();
  const { job } = rig.jobs.submit(request({ background: true }));
  await rig.clock.settle();
  const owner = jobTopics(rig.jobs);
  const topic = `job.${job}`;
  expect(owner.state({ namespace: "desk", topic })).toMatchObject({
    kind: "job_state",
    job,
    state: "running",
  });
  expect(owner.state({ namespace: "other", topic })).toBeNull();
  expect([owner.topics("desk"), owner.topics("other")]).toEqual([[topic], []]);
  rig.trainer.runOf(job).finishFit();
  await rig.clock.settle();
  expect(owner.topics("desk")).toEqual([]);
  expect(owner.state({ namespace: "desk", topic })).toMatchObject({ state: "done" });
});

test("progress is told at most once a second, and the newest of a second comes at its end", async () => {
  const rig = new JobsRig();
  const { job } = rig.jobs.submit(request({ background: true }));
  await rig.clock.settle();
  const { listener } = rig.trainer.runOf(job);
  for (let iteration = 1; iteration <= 25; iteration++) {
    listener.progress({ iteration, shareDone: iteration / 100, loss: 1 / iteration });
    await rig.clock.advance(100);
  }
  const told = rig.events.flatMap(({ data, ts }) => (data.kind === "job_progress" ? [{ ts, data }] : []));
  expect(told.map(({ data }) => data.iteration)).toEqual([1, 10, 20]);
  for (const [i, { ts }] of told.entries())
    if (i > 0) expect(ts - (told[i - 1]?.ts ?? 0)).toBeGreaterThanOrEqual(1_000);
  expect(told[2]?.data).toMatchObject({ job, stage: "fit", share_done: 0.2, loss: 0.05 });
  expect(told[2]?.data.remaining_ms).toBeGreaterThan(0);
  rig.trainer.runOf(job).finishFit();
  await rig.clock.advance(5_000);
  expect(rig.told(job).at(-1)).toBe("done");
});

test("what else a trainer tells stays until it tells it again, in the events and on the curve", async () => {
  const rig = new JobsRig();
  const { job } = rig.jobs.submit(request({ background: true }));
  await rig.clock.settle();
  const { listener } = rig.trainer.runOf(job);
  listener.progress({ iteration: 2_048, figures: { reward: -0.5, entropy: 1.4 } });
  await rig.clock.advance(1_000);
  listener.progress({ iteration: 4_096, score: 0.25, figures: { reward: 0.75 } });
  await rig.clock.advance(1_000);
  const told = rig.events.flatMap(({ data }) => (data.kind === "job_progress" ? [data.figures] : []));
  expect(told).toEqual([
    { reward: -0.5, entropy: 1.4 },
    { reward: 0.75, entropy: 1.4 },
  ]);
  const { curve } = await rig.jobs.history("desk", job);
  expect(curve).toEqual([
    { iteration: 2_048, loss: null, score: null, figures: { reward: -0.5, entropy: 1.4 } },
    { iteration: 4_096, loss: null, score: 0.25, figures: { reward: 0.75 } },
  ]);
});

test("a model's event is logged once, and every namespace reads it", async () => {
  const { log, clock } = new JobsRig();
  const catalog = new Catalog();
  catalog.set(model({}, "alpha"), { kind: "ready" });
  const serving = servingListener({
    catalog,
    log: {
      commit: async ({ events = [] }) =>
        void events.map(({ key, data }) => log.append(key, data, clock.wall())),
    },
    publish: () => {},
    publisherOf: () => "job-1",
    notLogged: () => {},
  });
  serving("alpha", "1");
  for (const namespace of ["desk", "other"]) {
    const { events } = await readEvents(log, namespace, { topic: "model.alpha", limit: 10 });
    expect(events.map(({ data }) => data)).toEqual([
      { kind: "model_serving", model: "alpha", version: "1", traffic: 1, job: "job-1" },
    ]);
  }
  expect(modelTopics(catalog).state(topicKey("desk", "model.alpha"))).toEqual({
    kind: "model_versions",
    model: "alpha",
    versions: [{ version: "1", traffic: 1 }],
  });
  expect(modelTopics(catalog).state(topicKey("desk", "model.beta"))).toBeNull();
  expect(modelTopics(catalog).topics("desk")).toEqual(["model.alpha"]);
});

test("that a version has expired is logged once, also over restarts; the snapshot shows it no more", async () => {
  const { log, clock } = new JobsRig();
  const expiresTs = clock.wall() + 10;
  const sources = {
    log: {
      read: (key: TopicKey, after: number, max: number) => log.read(key, after, max),
      commit: async ({ events = [] }: EventChange) =>
        void events.map(({ key, data }) => log.append(key, data, clock.wall())),
    },
    publish: () => {},
    notLogged: (error: unknown) => expect.fail(String(error)),
  };
  const catalog = new Catalog(clock);
  catalog.set({ ...model({}, "alpha"), expiresTs }, { kind: "ready" });
  expect(modelTopics(catalog).topics("desk")).toEqual(["model.alpha"]);
  clock.jump(10);
  expect(modelTopics(catalog).topics("desk")).toEqual([]);
  expect(modelTopics(catalog).state(topicKey("desk", "model.alpha"))).toBeNull();
  const event = { kind: "model_expired", model: "alpha", version: "1", expires_ts: expiresTs } as const;
  for (let start = 0; start < 3; start++) await expiryListener(sources)(event);
  await expiryListener(sources)({ ...event, version: "2" });
  const { events } = await readEvents(log, "desk", { topic: "model.alpha", limit: 10 });
  expect(events.map(({ data }) => data)).toEqual([event, { ...event, version: "2" }]);
});

test("only topics of models are shared", () => {
  expect(
    ["regime.model.x", "job.model", "model.x", "model.*"].map((topic) => eventNamespace(topic, "desk")),
  ).toEqual(["desk", "desk", "*", "*"]);
});

describe("the right to subscribe", () => {
  const grants = (scopes: readonly Scope[], topics: readonly string[] = []) => ({
    scopes: new Set(scopes),
    topics,
  });

  test("to jobs and models comes with the scope that shows them anyway, or with a grant of the topic", () => {
    expect(() => requireSubscription(grants(["training:run"]), "job.*")).not.toThrow();
    expect(() => requireSubscription(grants(["models:infer"]), "model.alpha")).not.toThrow();
    expect(() => requireSubscription(grants(["streams:read"], ["model.alpha"]), "model.alpha")).not.toThrow();
  });

  test("is refused by the name of what lacks", () => {
    expect(() => requireSubscription(grants(["models:infer"]), "job.1")).toThrow("the scope streams:read");
    expect(() => requireSubscription(grants(["training:run"]), "model.alpha")).toThrow(
      "the scope streams:read",
    );
    expect(() => requireSubscription(grants(["streams:read"], ["regime.*"]), "job.1")).toThrow(
      "the topic job.1",
    );
    expect(() => requireSubscription(grants(["training:run", "models:infer"]), "regime.x")).toThrow(
      "streams:read",
    );
  });
});

test("topics are read with names as jobs and models have them, and others are refused by the forms", () => {
  for (const topic of ["job.0k3x", "job.*", "model.*", `model.${"a".repeat(128)}`])
    expect(readTopic({ topic })).toBe(topic);
  for (const topic of ["job.", "job.a/b", "model.a b", `model.${"a".repeat(129)}`, "jobs.x"])
    expect(() => readTopic({ topic })).toThrow(/^topic: /);
});
