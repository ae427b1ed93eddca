/** What gateway.workers and gateway.models tell of their sources. */
import { describe, expect, it } from "vitest";
import { fitLane } from "../../engines/numerics/lane.js";
import { modelLane } from "../../engines/onnx/lane.js";
import { whole } from "../../engines/pieces.js";
import { PendingExecutions } from "../../engines/pool/pending-executions.js";
import type { WorkerFigures } from "../../engines/pool/worker-handle.js";
import { Catalog } from "../../gateway/catalog/catalog.js";
import { modelsSchema } from "../../gateway/watch/models/models-schema.js";
import { modelsTopic } from "../../gateway/watch/models/models-topic.js";
import { workersSchema } from "../../gateway/watch/workers/workers-schema.js";
import { workersTopic } from "../../gateway/watch/workers/workers-topic.js";
import { HeadgateError } from "../../protocol/errors.js";
import { anybody } from "../support/requests.js";
import { fitting, model } from "../support/servables.js";

const figures: WorkerFigures = {
  alive: true,
  ended: 5,
  running: 1,
  restarts: 0,
  backend: "onnxruntime-cpu",
  busyMs: 100,
  busy: 0.125,
  models: 2,
  modelBytes: 300,
};

describe("gateway.workers", () => {
  it("tells the busy share of the interval of each worker and lane, and the queues", () => {
    const state = [figures, { ...figures, busyMs: 0 }, { ...figures, alive: false, backend: undefined }];
    const lanes = [modelLane, modelLane, fitLane];
    const workers = () =>
      state.map((each, index) => ({
        lane: lanes[index] ?? fitLane,
        index,
        background: false,
        figures: () => each,
      }));
    const workload = () => ({ lanes: new Map([[modelLane.name, 7]]) });
    const topic = workersTopic({ workers, workload, now: () => 0, residentBytes: () => 1_000 });
    const collector = topic.view(anybody, "").collector();
    const first = whole(collector.sample(0));
    expect(workersSchema.parse(first)).toEqual(first);
    expect(first.workers.map(({ busy, jobs }) => [busy, jobs])).toEqual([
      [0.125, 0],
      [0.125, 0],
      [0.125, 0],
    ]);
    state[0] = { ...figures, busyMs: 850, ended: 9 };
    state[1] = { ...figures, busyMs: 250 };
    const next = whole(collector.sample(1_000));
    expect(next.workers.map(({ busy, state: is }) => [busy, is])).toEqual([
      [0.75, "running"],
      [0.25, "running"],
      [0, "restarting"],
    ]);
    expect(next.workers.map(({ jobs }) => jobs)).toEqual([4, 0, 0]);
    expect(next.lanes).toEqual([
      { lane: modelLane.name, workers: 2, busy: 0.5, queue: 7 },
      { lane: fitLane.name, workers: 1, busy: 0, queue: 0 },
    ]);
  });

  it("counts a running job as busy, and its compute time once it has ended", async () => {
    const jobs = new PendingExecutions(2);
    expect(jobs.busyMs(50)).toBe(0);
    const first = jobs.begin("m", 100);
    const second = jobs.begin("m", 110);
    expect(jobs.busyMs(140)).toBe(40);
    jobs.answered(first.job, { outputs: {}, computeMs: 45, backend: "b", precision: "FP32" }, 150);
    expect(jobs.busyMs(160)).toBe(45 + 10); // the second began when the first ended
    second.done.catch(() => {});
    jobs.failed(second.job, new HeadgateError("internal", "died"));
    expect([jobs.busyMs(500), jobs.ended]).toEqual([45, 2]);
  });
});

describe("gateway.models", () => {
  it("tells versions, traffic, proof, card and counts; counts only to who may read the metrics", () => {
    const catalog = new Catalog();
    const echo = { ...model(), expiresTs: 4_102_444_800_000 };
    catalog.set(
      echo,
      { kind: "ready" },
      {
        backend: "onnxruntime-cpu",
        batching: { together: false, reason: "its graph mixes rows" },
        notes: [],
        provenAt: 1_700_000_000_000,
        memory: { fileBytes: 10, opening: 30, resident: 20, instances: 2 },
        inline: () => ({ rows: 0 }),
      },
    );
    catalog.route("echo", { aliases: { champion: "1", other: "2" } });
    catalog.set(fitting(), { kind: "ready" });
    catalog.refuse("broken", "/srv/models/broken/config.json: no such datatype");
    catalog.setCard("echo", "# Echo\n\nAnswers what it is asked.\n\n<script>more</script>");
    const counted = {
      model: "echo",
      version: "1",
      requestSuccess: 3,
      requestFailure: { OTHER: 1 },
      inferences: 9,
    };
    const topic = modelsTopic({
      catalog,
      requiresSignature: true,
      publicText: (text) => text.replace("/srv/models/", ""),
      statistics: () => [counted],
    });
    const sample = whole(topic.view(anybody, "").collector().sample(0));
    expect(modelsSchema.parse(sample)).toEqual(sample);
    expect(sample).toMatchObject({ total: 2, left_out: 0 });
    expect(sample.models).toMatchObject([
      {
        name: "broken",
        card: null,
        versions: [{ version: null, state: "unavailable", reason: "broken/config.json: no such datatype" }],
      },
      {
        name: "echo",
        card: "Answers what it is asked.",
        versions: [
          {
            version: "1",
            state: "ready",
            traffic: 1,
            shadow: false,
            aliases: ["champion"],
            expires_ts: 4_102_444_800_000,
            proof: { golden: "reproduced", proven_at: 1_700_000_000_000, rows_together: false },
            signature: "verified",
            resident_bytes: 40,
            counts: { requests: 4, errors: 1, inferences: 9 },
          },
        ],
      },
    ]);
    const ofTenant = topic.view({ ...anybody, scopes: new Set() }, "").collector();
    const tenant = whole(ofTenant.sample(0));
    expect(tenant.models.flatMap(({ versions }) => versions.map(({ counts }) => counts))).toEqual([
      null,
      null,
    ]);
  });
});
