/**
 * Frames that a client may send, one generator a type. A type without a generator does not compile, and
 * `frame-generators.test.ts` holds them against PROTOCOL.md.
 */
import type { DatasetColumns } from "../../protocol/dataset-frames.js";
import type {
  ClientFrame,
  ParameterValue,
  PastObservations,
  Since,
  WireTensors,
} from "../../protocol/frames.js";
import { idMax, limits } from "../../protocol/limits.js";
import type { InferInputs, TensorReference } from "../../protocol/reference.js";
import { watchTopics } from "../../protocol/samples.js";
import { toWire } from "../../protocol/tensor.js";
import { jobStates, type NestedParameters, type Publication } from "../../protocol/train-frames.js";
import type { Random } from "./random.js";
import { type Catalog, inputsOf, parametersOf } from "./servables.js";

/** What the frames of one connection are made of. */
export interface Vocabulary {
  readonly random: Random;
  readonly catalog: Catalog;
  /** Names of streams: those of the witness too, which are others' in another namespace. */
  readonly streams: readonly string[];
  readonly tokens: readonly string[];
  /** An id that no other request of the connection has. */
  readonly nextId: () => number;
}

type Generators = { readonly [T in ClientFrame["type"]]: (words: Vocabulary) => ClientFrame & { type: T } };

export const frameGenerators: Generators = {
  hello: ({ random, tokens }) => ({
    type: "hello",
    ...optional(random, 0.3, "token", () => random.pick(tokens)),
    ...optional(random, 0.5, "client", () => "fuzz/1"),
    ...optional(random, 0.2, "max_message_bytes", () => random.pick([1_024, 2_048, 65_536, 2 ** 31])),
  }),
  infer(words) {
    const { random, catalog, nextId } = words;
    const kind = random.chance(0.9) ? "model" : "fit";
    const servable = random.pick(catalog.models.filter((each) => each.kind === kind));
    const given = parametersOf(servable, random);
    return {
      type: "infer",
      id: nextId(),
      model: servable.name,
      inputs: referring(inputsOf(servable, random), words),
      ...optional(random, 0.9, "parameters", () => given),
      ...optional(random, 0.1, "version", () => servable.version ?? "1"),
      ...optional(random, 0.1, "outputs", () => [random.pick(servable.outputs).name]),
      ...optional(random, 0.2, "timeout_ms", () =>
        random.pick([0, 0.5, 1, 50, 5_000, limits.timeout_ms_max]),
      ),
      ...optional(random, 0.1, "priority", () => random.pick([0, 1, 2, idMax])),
      ...optional(random, 0.05, "key", () => `key-${random.integer(0, 200)}`),
      ...optional(random, 0.1, "traceparent", () => `00-${"4b".repeat(16)}-${"00f067aa".repeat(2)}-01`),
    };
  },
  cancel: ({ random, nextId }) => ({
    type: "cancel",
    id: random.chance(0.5) ? random.integer(0, idMax) : (nextId() - random.integer(1, 20)) >>> 0,
  }),
  describe: ({ random, catalog, nextId }) => ({
    type: "describe",
    id: nextId(),
    // Everything takes 120 kB to tell, and would be most of what is sent.
    ...optional(random, 0.995, "model", () => random.pick(catalog.models).name),
  }),
  open({ random, catalog, streams, nextId }) {
    const detector = random.pick(catalog.detectors);
    const parameters: Record<string, ParameterValue> = parametersOf(detector, random);
    return {
      type: "open",
      id: nextId(),
      stream: random.pick(streams),
      detector: detector.name,
      ...optional(random, 0.7, "parameters", () => parameters),
      ...optional(random, 0.3, "replace", () => random.chance(0.7)),
      ...optional(random, 0.1, "history", () => observations(random)),
    };
  },
  observe({ random, streams, nextId }) {
    const { ts, values } = observations(random);
    return {
      type: "observe",
      ...optional(random, 0.6, "id", nextId),
      stream: random.pick(streams),
      ts: ts.length === 1 && random.chance(0.5) ? (ts[0] ?? 0) : ts,
      values,
    };
  },
  close: ({ random, streams, nextId }) => ({ type: "close", id: nextId(), stream: random.pick(streams) }),
  state: ({ random, streams, nextId }) => ({
    type: "state",
    id: nextId(),
    stream: random.pick(streams),
    ...optional(random, 0.4, "path", () => random.pick(["filtered", "smoothed"] as const)),
    ...optional(random, 0.4, "limit", () => random.pick([1, 10, limits.path_max])),
    ...optional(random, 0.2, "values", () => random.chance(0.5)),
  }),
  subscribe({ random, streams, nextId }) {
    const topic = random.chance(0.2) ? "regime.*" : `regime.${random.pick(streams)}`;
    return {
      type: "subscribe",
      id: nextId(),
      topic,
      ...optional(random, 0.3, "since", () => cursor(topic, random)),
      ...optional(random, 0.3, "mode", () => random.pick(["all", "latest"] as const)),
      ...optional(random, 0.2, "heartbeat_ms", () => random.pick([limits.heartbeat_ms_min, 60_000])),
    };
  },
  unsubscribe: ({ random, streams, nextId }) => ({
    type: "unsubscribe",
    id: nextId(),
    topic: random.chance(0.2) ? "regime.*" : `regime.${random.pick(streams)}`,
  }),
  refresh: ({ random, tokens, nextId }) => ({ type: "refresh", id: nextId(), token: random.pick(tokens) }),
  watch({ random, streams, nextId }) {
    const topic = random.pick(watchTopics);
    return {
      type: "watch",
      id: nextId(),
      topic,
      ...optional(random, 0.7, "interval_ms", () =>
        random.pick([limits.watch_interval_ms_min, 1_000, limits.watch_interval_ms_max]),
      ),
      ...optional(random, topic === "gateway.streams" ? 0.5 : 0, "contains", () => random.pick(streams)),
    };
  },
  unwatch: ({ random, nextId }) => ({ type: "unwatch", id: nextId(), topic: random.pick(watchTopics) }),
  put({ random, nextId }) {
    return {
      type: "put",
      id: nextId(),
      ...optional(random, 0.8, "dataset", () => random.pick(datasetNames)),
      columns: columnsOf(random),
      ...optional(random, 0.2, "ts", () => 1_700_000_000_000),
      ...(random.chance(0.3) && {
        upload: random.pick(["u1", "u2"]),
        part: random.integer(0, 3),
        ...optional(random, 0.5, "last", () => random.chance(0.5)),
      }),
    };
  },
  append: ({ random, nextId }) => ({
    type: "append",
    id: nextId(),
    dataset: random.pick(datasetNames),
    ...optional(random, 0.1, "version", () => "0123"),
    columns: columnsOf(random),
  }),
  drop: ({ random, nextId }) => ({
    type: "drop",
    id: nextId(),
    dataset: random.pick(datasetNames),
    ...optional(random, 0.1, "version", () => "0123"),
  }),
  datasets: ({ random, nextId }) => ({
    type: "datasets",
    id: nextId(),
    ...optional(random, 0.3, "prefix", () => "pr"),
    ...optional(random, 0.2, "after", () => random.pick(datasetNames)),
    ...optional(random, 0.2, "limit", () => random.integer(1, 5)),
  }),
  train: (words) => ({
    type: "train",
    id: words.nextId(),
    trainer: words.random.pick(["random_forest_classifier", "ridge", "pipeline", "pca"]),
    inputs: referring(columnsOf(words.random), words),
    ...optional(words.random, 0.7, "parameters", () => nestedParametersOf(words.random)),
    ...optional(words.random, 0.3, "keep_seconds", () => words.random.integer(1, 60)),
    ...optional(words.random, 0.2, "publish", () => publicationOf(words.random)),
    ...optional(words.random, 0.5, "background", () => words.random.chance(0.7)),
    ...optional(words.random, 0.2, "key", () => `key-${words.random.integer(0, 200)}`),
    ...optional(words.random, 0.2, "timeout_ms", () => words.random.pick([0, 0.5, 1, 50, 5_000])),
  }),
  jobs: ({ random, nextId }) => ({
    type: "jobs",
    id: nextId(),
    ...(random.chance(0.5)
      ? { job: random.pick(jobNames), log: random.chance(0.5), outputs: random.chance(0.5) }
      : {
          ...optional(random, 0.3, "state", () => random.pick(jobStates)),
          ...optional(random, 0.3, "before", () => random.pick(jobNames)),
          ...optional(random, 0.3, "limit", () => random.integer(1, 5)),
        }),
  }),
  cancel_job: ({ random, nextId }) => ({ type: "cancel_job", id: nextId(), job: random.pick(jobNames) }),
  upload({ random, nextId }) {
    const part = random.integer(0, 3);
    return {
      type: "upload",
      id: nextId(),
      ...(random.chance(0.5)
        ? { publish: publicationOf(random) }
        : {
            ...(part === 0 && { publish: publicationOf(random) }),
            upload: random.pick(["u1", "u2"]),
            part,
            ...optional(random, 0.5, "last", () => random.chance(0.5)),
          }),
      onnx: Uint8Array.from({ length: random.integer(1, 200) }, () => random.integer(0, 255)),
    };
  },
  promote: ({ random, nextId }) => ({
    type: "promote",
    id: nextId(),
    model: random.pick(["echo", "mine", "other"]),
    version: random.pick(["1", "2", "champion"]),
    ...optional(random, 0.3, "alias", () => random.pick(["champion", "candidate"])),
    ...optional(random, 0.3, "traffic", () => random.pick([0, 0.25, 1])),
    ...optional(random, 0.3, "reason", () => "it scored better"),
  }),
  schedule: ({ random, nextId }) => ({
    type: "schedule",
    id: nextId(),
    schedule: random.pick(scheduleNames),
    model: random.pick(["echo", "mine", "other"]),
    trainer: random.pick(["ridge", "echo", "walk_forward"]),
    inputs: { X: { ref: random.pick(["d1", "d2"]) }, y: { ref: random.pick(["d1", "d3"]), columns: "y" } },
    trigger: random.pick([
      { dataset: "d1", every_rows: 1 },
      { stream: "s1", every_observations: 2 },
      { every_ms: 86_400_000 },
      { at: ["06:30", "18:00"], weekdays: ["mon", "fri"] },
    ] as const),
    validation: { rows: random.pick([1, 10]), ...optional(random, 0.5, "purge", () => random.pick([0, 3])) },
    ...optional(random, 0.5, "promote", () => random.pick(["if_not_worse", "never", "always"] as const)),
    ...optional(random, 0.3, "last_rows", () => random.integer(20, 100)),
    ...optional(random, 0.5, "replace", () => random.chance(0.5)),
  }),
  schedules: ({ random, nextId }) => ({
    type: "schedules",
    id: nextId(),
    ...optional(random, 0.5, "schedule", () => random.pick(scheduleNames)),
  }),
  unschedule: ({ random, nextId }) => ({
    type: "unschedule",
    id: nextId(),
    schedule: random.pick(scheduleNames),
  }),
  rollback: ({ random, nextId }) => ({
    type: "rollback",
    id: nextId(),
    model: random.pick(["echo", "mine", "other"]),
    ...optional(random, 0.3, "alias", () => random.pick(["champion", "candidate"])),
  }),
};

const scheduleNames = ["nightly", "hourly"];
const jobNames = ["job-1", "job-2", "0123abcd"];

function publicationOf(random: Random): Publication {
  return {
    model: random.pick(["echo", "mine", "other"]),
    ...optional(random, 0.3, "version", () => random.pick(["1", "2", "77"])),
    ...optional(random, 0.3, "traffic", () => random.pick([0, 0.1, 1])),
    ...optional(random, 0.2, "aliases", () => ["champion"]),
    ...optional(random, 0.2, "expires_after_ms", () => random.pick([1, 86_400_000])),
  };
}

/** Parameters with lists and maps inside one another, as a pipeline has them. */
function nestedParametersOf(random: Random): NestedParameters {
  return {
    random_state: random.integer(0, 5),
    ...optional(random, 0.5, "n_estimators", () => random.pick([1, 10, -1, 1.5, "many"])),
    ...optional(random, 0.5, "class_weight", () => random.pick(["balanced", null, { 0: 1, 1: 2.5 }])),
    ...optional(random, 0.5, "steps", () => [
      { trainer: "standard_scaler", parameters: {} },
      {
        trainer: random.pick(["ridge", "nothing"]),
        parameters: { alpha: random.pick([1, [], { deep: [] }]) },
      },
    ]),
  };
}

const datasetNames = ["prices", "prices/eu", "auto:0123", "a"];

/** A matrix and a list of values, of as many rows; sometimes of other datatypes than before. */
function columnsOf(random: Random): DatasetColumns {
  const rows = random.integer(1, 40);
  const X = Float64Array.from({ length: rows * 4 }, () => random.unit() - 0.5);
  return {
    X: toWire({ datatype: "FP64", shape: [rows, 4], data: X }),
    ...(random.chance(0.5) && {
      y: random.chance(0.5)
        ? toWire({ datatype: "FP64", shape: [rows], data: X.slice(0, rows) })
        : toWire({ datatype: "INT32", shape: [rows], data: new Int32Array(rows) }),
    }),
  };
}

/** A reference to rows that may not be there. */
function referenceTo({ random, streams }: Vocabulary): TensorReference {
  if (random.chance(0.2))
    return {
      stream: random.pick(streams),
      ...optional(random, 0.8, "last", () => random.integer(1, 30)),
      ...optional(random, 0.3, "columns", () => [0, random.integer(0, 4)]),
    };
  const from = random.integer(0, 30);
  return {
    ref: random.pick(datasetNames),
    ...(random.chance(0.5)
      ? { rows: [from, from + random.integer(1, 30)] }
      : { last: random.integer(1, 20) }),
    ...optional(random, 0.7, "columns", () => random.pick<string | string[]>(["X", "y", ["X", "y"], ["X"]])),
    ...optional(random, 0.1, "shape", () => [4, random.integer(1, 20)]),
  };
}

/** Some inputs are references in place of tensors. */
function referring(inputs: WireTensors, words: Vocabulary): InferInputs {
  const { random } = words;
  if (random.chance(0.8)) return inputs;
  return Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => [name, random.chance(0.7) ? referenceTo(words) : tensor]),
  );
}

export const generatedTypes = Object.keys(frameGenerators) as ClientFrame["type"][];

function observations(random: Random): PastObservations {
  const rows = random.chance(0.5) ? 1 : random.integer(1, 20);
  const width = random.weighted({ 1: 80, 4: 20 }) === "1" ? 1 : 4;
  const start = random.pick([0, 1_700_000_000_000, random.integer(0, 1e12)]);
  const ts = Array.from({ length: rows }, (_, row) => start + row * 60_000);
  const data = Float64Array.from({ length: rows * width }, () => (random.unit() - 0.5) * 0.1);
  const values = toWire({ datatype: "FP64", shape: [rows, width], data });
  return { ts, values };
}

function cursor(topic: string, random: Random): Since {
  const at = random.pick([0, 1, 100, Number.MAX_SAFE_INTEGER]);
  return topic.endsWith("*") ? { epoch: "e1", position: at } : { epoch: "e1", offset: at };
}

/** The field with a value in the given share of the calls; otherwise no field. */
function optional<K extends string, T>(random: Random, share: number, field: K, value: () => T) {
  return (random.chance(share) ? { [field]: value() } : {}) as { readonly [F in K]?: T };
}
