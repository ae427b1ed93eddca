/** Everything an operator may set: one strict schema, defaults with their units, unknown keys refused. */
import { availableParallelism, totalmem } from "node:os";
import { z } from "zod";
import { providerNames } from "../engines/onnx/provider-names.js";
import { limits } from "../protocol/limits.js";

const port = z.int().min(0).max(65_535);
const count = (fallback: number, most = 1_000_000) => z.int().min(1).max(most).default(fallback);
const ms = (fallback: number) => z.int().min(1).max(86_400_000).default(fallback);
const name = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, "1 to 64 of letters, digits and . _ -");

/** SHA-256 of a token, in hex: the token itself is never kept. */
const hash = z
  .string()
  .regex(/^[0-9a-fA-F]{64}$/, "64 hex digits: printf %s TOKEN | sha256sum")
  .transform((hex) => hex.toLowerCase());

const key = z.strictObject({
  sha256: hash,
  /** Whom its requests count for: fairness, metrics. */
  tenant: name,
  /** What it shares streams, topics and idempotency keys with. */
  namespace: name.default("default"),
  /** When it stops being accepted, ISO 8601. */
  expires_at: z.iso.datetime({ offset: true }).optional(),
});

const webhook = z.strictObject({
  /** Its cursor is kept under this name. */
  name,
  url: z.url({ protocol: /^https?$/ }),
  namespace: name.default("default"),
  /** `regime.<stream>`, or `regime.*` for all. */
  topics: z.array(z.string().min(8).max(128).startsWith("regime.")).min(1).max(1_000).default(["regime.*"]),
  /** The environment variable that holds the secret which signs what is sent. */
  secret_env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, "the name of an environment variable"),
  /** Where a new one begins: with the next event, or with the oldest kept. */
  since: z.enum(["now", "start"]).default("now"),
  /** Milliseconds for an answer. */
  timeout_ms: z.int().min(100).max(60_000).default(10_000),
  /** Deliveries of one event before it is given up: with the longest wait, about a day. */
  attempts: z.int().min(1).max(10_000).default(300),
  /** Milliseconds to wait after a failure, at most: at first, and as it doubles. */
  retry_min_ms: z.int().min(10).max(60_000).default(1_000),
  retry_max_ms: z.int().min(10).max(3_600_000).default(600_000),
});

/** Of the machine, or of the container where one sets less. */
function memoryBytes(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

export const configSchema = z.strictObject({
  host: z.string().min(1).default("127.0.0.1"),
  port: port.default(8470),
  /** The model repository's folder. */
  models: z.string().min(1).default("models"),
  /** Where the gateway keeps what must survive it. */
  data: z.string().min(1).default("data"),
  auth: z
    .strictObject({
      keys: z.array(key).default([]),
      /** Browser origins that may connect, such as https://desk.example. An absent Origin passes. */
      allowed_origins: z.array(z.url()).default([]),
    })
    .prefault({}),
  tenants: z
    .record(
      name,
      z.strictObject({
        /** Its share of a busy model, against 1 for others. */ weight: z.number().min(0.01).max(1_000),
      }),
    )
    .default({}),
  engine: z
    .strictObject({
      /** Threads that run models. One core is left for the sockets and one for fits. */
      model_workers: count(Math.max(1, availableParallelism() - 2), 256),
      /**
       * Threads that hold models at most; absent: `model_workers` and 4. A version that comes while serving
       * is opened in a thread of its own; beyond this, the threads with the least to do are joined.
       */
      model_threads_max: z.int().min(1).max(512).optional(),
      /** Bytes that open models may take, each as it was measured when it was proven: half of the machine's memory. */
      model_memory_bytes: z
        .int()
        .min(1_048_576)
        .default(Math.floor(memoryBytes() / 2)),
      /** What models compute on, in the order to try it; absent: CUDA if installed, WebGPU if a GPU answers, else the CPU. */
      execution_providers: z.array(z.enum(providerNames)).min(1).optional(),
      /** Threads that run fits. Where keys name several tenants there is one more, so that no tenant holds all of them. */
      numeric_workers: count(Math.max(1, Math.floor(availableParallelism() / 4)), 256),
      /** Threads ONNX Runtime may use inside one run. */
      intra_op_threads: count(1, 256),
      /**
       * Microseconds for which the gateway and its model workers look for more work before they sleep: a sleeping core
       * takes 50 to 100 to wake. 0: they sleep at once. For a box that has a core for each of them and nothing else to do.
       */
      busy_poll_microseconds: z.int().min(0).max(10_000).default(0),
    })
    .prefault({})
    .refine(
      (engine) => engine.model_threads_max === undefined || engine.model_threads_max >= engine.model_workers,
      "model_threads_max must not be below model_workers",
    ),
  repository: z
    .strictObject({
      /** Milliseconds between two looks at the repository; a change that the system tells of is seen at once. */
      poll_ms: z.int().min(50).max(86_400_000).default(2_000),
      /** Milliseconds for which a folder's files must rest before it is taken. */
      settle_ms: z.int().min(0).max(3_600_000).default(500),
      /** When a model is opened whose config.json does not say. */
      load: z.enum(["startup", "first_use"]).default("startup"),
      /** Versions opened at once while serving. */
      loads_at_once: count(2, 64),
      /** Milliseconds for a new version's proof, in a process of its own that is ended then: a minute. */
      proof_ms: ms(60_000),
      /** Bytes that a version may take in its proof; absent: as `engine.model_memory_bytes`. */
      proof_memory_bytes: z.int().min(16_777_216).optional(),
      /** Versions proven at once, not counted those that take longer than a second: beside these there may be 4 more. */
      proofs_at_once: count(1, 64),
      /** Milliseconds after the start when the gateway is ready although versions are still being proven or opened. */
      ready_ms: ms(30_000),
    })
    .prefault({}),
  scheduling: z
    .strictObject({
      /** Milliseconds a request has when neither it nor its model says. */
      default_timeout_ms: ms(30_000),
      /** Fits of one kind that may wait. */
      fit_queue_size: count(256),
      /** Fits of one tenant that run side by side, where there are several; absent: `engine.numeric_workers`. */
      tenant_fits: z.int().min(1).max(256).optional(),
      /** Milliseconds a fit may run on while a tenant that has had less of the workers' time waits for one. */
      fit_yield_ms: ms(10_000),
      /** Milliseconds for which a repeat of an idempotency key gets the first answer. */
      idempotency_window_ms: ms(600_000),
      /** Answers a namespace may keep for that. */
      idempotency_answers: count(10_000),
      /** Bytes of a namespace's: 256 MiB. One of more than an eighth of it is not kept. */
      idempotency_bytes: z
        .int()
        .min(65_536)
        .default(256 * 1024 * 1024),
    })
    .prefault({}),
  fits: z
    .strictObject({
      /** Fits a namespace may keep. */
      kept: count(1_000),
      /** Bytes of their attributes: 256 MiB. */
      kept_bytes: z
        .int()
        .min(1_024)
        .default(256 * 1024 * 1024),
    })
    .prefault({}),
  regimes: z
    .strictObject({
      /** Events kept for a topic. */
      topic_events: count(limits.topic_events_max),
      /** Milliseconds an event is kept: 30 days. */
      event_age_ms: z
        .int()
        .min(1)
        .default(30 * 86_400_000),
      /**
       * Bytes that the journal may hold, of every namespace together, 64 GiB: from there on what would make it grow is
       * refused. Pages that were freed in the file do not count.
       */
      file_bytes_max: z
        .int()
        .min(1_048_576)
        .default(64 * 1024 ** 3),
      /** Streams of a namespace. */
      streams: count(10_000),
      /**
       * Milliseconds by which an observation's time may be ahead of the gateway's clock, 1 day: one in a wrong unit would
       * lock its stream. More for scenarios of days to come.
       */
      ts_ahead_max_ms: z.int().min(0).default(86_400_000),
      /** Milliseconds a stream lives without an observation: 30 days. */
      stream_expiry_ms: z
        .int()
        .min(1)
        .default(30 * 86_400_000),
    })
    .prefault({}),
  metrics: z
    .strictObject({
      /** SHA-256 of the token that a scraper must bring, in hex; absent: whoever reaches the port may scrape. */
      sha256: hash.optional(),
      /** An address of its own for `/metrics`, which the gateway's port has no more then. */
      host: z.string().min(1).default("127.0.0.1"),
      port: port.optional(),
    })
    .prefault({}),
  /** Where events are sent to those who cannot hold a socket. */
  webhooks: z.array(webhook).max(64).default([]),
  limits: z
    .strictObject({
      /** WebSockets whose token was accepted. */
      connections: count(20_000),
      /** WebSockets without an accepted token; they have `heartbeat.hello_ms` to bring one. */
      unauthenticated_connections: count(1_024),
      /** TCP connections that are no WebSocket: health checks, scrapes, those that asked for nothing yet. */
      http_connections: count(2_048),
      /** One WebSocket message: 32 MiB; at most 1 GiB. */
      message_bytes: z.int().min(1_024).max(1_073_741_824).default(limits.message_bytes_max),
      requests_in_flight: count(limits.requests_in_flight_max),
      bytes_in_flight: z.int().min(1_024).default(limits.bytes_in_flight_max),
      subscriptions: count(limits.subscriptions_max),
      outbox_bytes: z.int().min(1_024).default(limits.outbox_bytes_max),
    })
    .prefault({}),
  heartbeat: z
    .strictObject({
      hello_ms: ms(limits.hello_timeout_ms),
      ping_ms: ms(limits.ping_ms),
      pong_ms: ms(limits.pong_ms),
    })
    .prefault({}),
  drain: z
    .strictObject({
      /** Milliseconds for what is in flight. */
      deadline_ms: ms(limits.drain_ms),
      /** The window in which clients come back, so that they do not all come at once. */
      retry_min_ms: ms(500),
      retry_max_ms: ms(5_000),
    })
    .prefault({})
    .refine(
      (drain) => drain.retry_min_ms <= drain.retry_max_ms,
      "retry_min_ms must not be above retry_max_ms",
    ),
  log_level: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
});

export type Config = z.infer<typeof configSchema>;

/** A config that cannot be used: every key that is wrong, what was given and what is allowed. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** @param given a config file's content, flags already laid over it */
export function parseConfig(given: unknown): Config {
  const parsed = configSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new ConfigError(parsed.error.issues.map((issue) => problem(issue, given)).join("\n"));
}

function problem(issue: z.core.$ZodIssue, given: unknown): string {
  const path = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    const keys = issue.keys.map((key) => (path === "" ? key : `${path}.${key}`)).join(", ");
    return `${keys}: no such setting; there are ${keysAt(issue.path).join(", ")}`;
  }
  return `${path || "the config"}: ${issue.message}, got ${JSON.stringify(valueAt(given, issue.path)) ?? "nothing"}`;
}

/** The settings there are at a path of the schema. */
function keysAt(path: readonly PropertyKey[]): string[] {
  let schema: z.core.$ZodType = configSchema;
  for (const step of path) {
    const inner = unwrapped(schema);
    if (inner instanceof z.ZodObject) schema = inner.shape[String(step)] ?? inner;
    else if (inner instanceof z.ZodArray) schema = inner.element;
    else if (inner instanceof z.ZodRecord) schema = inner.valueType;
  }
  const object = unwrapped(schema);
  return object instanceof z.ZodObject ? Object.keys(object.shape) : [];
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) return unwrapped(schema.unwrap());
  return schema;
}

function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  let value = given;
  for (const step of path)
    value =
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[step] : undefined;
  return value;
}

/** @throws ConfigError when a webhook's secret is not in the environment, or two webhooks share a name */
export function requireSecrets(
  { webhooks }: Pick<Config, "webhooks">,
  environment: Readonly<Record<string, string | undefined>>,
): void {
  const names = new Set<string>();
  for (const [i, { name, secret_env }] of webhooks.entries()) {
    if ((environment[secret_env] ?? "").length < 16)
      throw new ConfigError(
        `webhooks.${i}.secret_env: the environment's ${secret_env} must hold a secret of at least 16 characters`,
      );
    if (names.has(name)) throw new ConfigError(`webhooks.${i}.name: ${name} is another webhook's name too`);
    names.add(name);
  }
}

const loopback = new Set(["127.0.0.1", "::1", "localhost"]);

/** Without keys anybody who reaches the port may use it: then only this machine may reach it. */
export function requireSafeBinding(config: Config, insecure: boolean): void {
  if (insecure || config.auth.keys.length > 0 || loopback.has(config.host)) return;
  throw new ConfigError(
    `host: ${config.host} can be reached from other machines and no auth.keys are configured. ` +
      "Configure keys, bind 127.0.0.1, or pass --insecure if anybody may use this gateway.",
  );
}
