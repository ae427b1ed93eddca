/** The metrics for Prometheus: Triton's definitions under names that begin with `headgate_`. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import { type Servable, servableKey } from "../../engines/servable.js";
import { type ErrorCode, HeadgateError } from "../../protocol/errors.js";
import { DatasetMetrics } from "./dataset-metrics.js";
import { durationText } from "./duration-metrics.js";
import { observeEventLoop } from "./event-loop-delay.js";
import { JobMetrics } from "./job-metrics.js";
import { KeySetMetrics } from "./key-set-metrics.js";
import { KeysFileMetrics } from "./keys-file-metrics.js";
import { type FailureReason, failureReasons, type ModelFigures, zeroFigures } from "./model-figures.js";
import { QuotaMetrics } from "./quota-metrics.js";
import { RepositoryMetrics } from "./repository-metrics.js";
import { SocketMetrics, type SocketReadings } from "./socket-metrics.js";
import { StorageMetrics } from "./storage-metrics.js";
import { TlsMetrics } from "./tls-metrics.js";
import { TrainerMetrics } from "./trainer-metrics.js";

/** Figures that are read at each scrape. */
export interface MetricReadings {
  readonly sockets: SocketReadings;
  readonly subscriptions: () => number;
  readonly streams: () => number;
  readonly silentStreams: () => number;
  readonly ready: () => boolean;
  /** The number of requests that wait for a model version, by its key. */
  readonly pending: (key: string) => number;
}

const reasons: Partial<Record<ErrorCode, FailureReason>> = {
  resource_exhausted: "REJECTED",
  cancelled: "CANCELED",
  internal: "BACKEND",
  unavailable: "BACKEND",
};

const none = () => 0;

/**
 * The number of versions with figures. Those of retired versions are kept for later scrapes, and removed beyond this
 * number.
 */
const versionsMax = 1_024;

export class Metrics {
  private readonly registry = new Registry();
  private readonly models = new Map<string, ModelFigures>();
  /** The same figures by servable object, because each request looks them up by that. */
  private figures = new WeakMap<Servable, ModelFigures>();
  readonly repository = new RepositoryMetrics(this.registry);
  readonly storage = new StorageMetrics(this.registry);
  readonly keysFile = new KeysFileMetrics(this.registry);
  readonly keySets = new KeySetMetrics(this.registry);
  readonly tls = new TlsMetrics(this.registry);
  readonly quotas = new QuotaMetrics(this.registry);
  readonly datasets = new DatasetMetrics(this.registry);
  readonly trainers = new TrainerMetrics(this.registry);
  readonly jobs = new JobMetrics(this.registry);
  readonly sockets: SocketMetrics;
  private readonly closes: Counter<"code">;
  private readonly events: Counter<"namespace">;
  private readonly deaths: Counter<"lane">;
  private readonly deliveries: Counter<"webhook" | "outcome">;
  private readonly authentications: Counter<"method" | "outcome">;
  private fallbacks = 0;
  private readings: MetricReadings = {
    sockets: { connections: none, unauthenticated: none, http: none },
    subscriptions: none,
    streams: none,
    silentStreams: none,
    ready: () => false,
    pending: none,
  };
  private readonly messages = { received: 0, receivedBytes: 0 };

  constructor() {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry, prefix: "headgate_" });
    observeEventLoop(this.registry);
    this.closes = new Counter({
      name: "headgate_connections_closed_total",
      help: "Connections the gateway closed, by close code",
      labelNames: ["code"],
      registers,
    });
    this.events = new Counter({
      name: "headgate_events_total",
      help: "Events logged, by namespace",
      labelNames: ["namespace"],
      registers,
    });
    this.deaths = new Counter({
      name: "headgate_worker_deaths_total",
      help: "Engine workers that died and were restarted",
      labelNames: ["lane"],
      registers,
    });
    this.deliveries = new Counter({
      name: "headgate_webhook_deliveries_total",
      help: "Events sent to webhooks, by outcome: delivered, retried, given_up",
      labelNames: ["webhook", "outcome"],
      registers,
    });
    this.authentications = new Counter({
      name: "headgate_authentications_total",
      help: "Credentials that were examined, by method (key, jwt, certificate, none) and outcome: accepted, or why not",
      labelNames: ["method", "outcome"],
      registers,
    });
    this.sockets = new SocketMetrics(this.registry, () => this.readings.sockets);
    this.gauge("headgate_connections", "Open WebSockets", () => {
      const { connections, unauthenticated } = this.readings.sockets;
      return connections() + unauthenticated();
    });
    this.gauge("headgate_subscriptions", "Subscriptions held by connections", () =>
      this.readings.subscriptions(),
    );
    this.gauge("headgate_streams", "Open streams", () => this.readings.streams());
    this.gauge(
      "headgate_streams_silent",
      "Streams that were not fed for longer than their max_silence_ms",
      () => this.readings.silentStreams(),
    );
    this.gauge("headgate_ready", "1 when the gateway takes requests", () => Number(this.readings.ready()));
    this.sum("headgate_messages_received_total", "WebSocket messages received", () => this.messages.received);
    this.sum("headgate_messages_received_bytes_total", "Bytes of them", () => this.messages.receivedBytes);
    this.sum(
      "headgate_kernel_fallbacks_total",
      "Kernels that ran on another backend than the one they were asked of",
      () => this.fallbacks,
    );
    this.modelSums((key) => this.readings.pending(key));
  }

  /** Sets the sources of figures. A source that is not given stays as it is. */
  read(readings: Partial<MetricReadings>): void {
    this.readings = { ...this.readings, ...readings };
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  async scrape(): Promise<string> {
    return `${await this.registry.metrics()}\n${durationText(this.models.values())}`;
  }

  received(bytes: number): void {
    this.messages.received++;
    this.messages.receivedBytes += bytes;
  }

  closed(code: number): void {
    this.closes.inc({ code });
  }

  published(namespace: string): void {
    this.events.inc({ namespace });
  }

  webhook(webhook: string, outcome: string): void {
    this.deliveries.inc({ webhook, outcome });
  }

  authenticated(method: string, outcome: string): void {
    this.authentications.inc({ method, outcome });
  }

  workerDied(lane: string): void {
    this.deaths.inc({ lane });
  }

  kernelFellBack(): void {
    this.fallbacks++;
  }

  answered(servable: Servable, requestMs: number, queueMs: number): void {
    const figures = this.of(servable);
    figures.requestSuccess++;
    figures.requestUs += requestMs * 1_000;
    figures.queueUs += queueMs * 1_000;
    figures.durations.request.record(requestMs);
    figures.durations.queue.record(queueMs);
  }

  refused(servable: Servable, error: unknown): void {
    const code = error instanceof HeadgateError ? error.code : "internal";
    this.of(servable).requestFailure[reasons[code] ?? "OTHER"]++;
  }

  /** @param inline whether the batch was computed on the thread of the sockets */
  computed(servable: Servable, rows: number, computeMs: number, inline = false): void {
    const figures = this.of(servable);
    figures.executions++;
    if (inline) figures.inlineExecutions++;
    figures.inferences += rows;
    figures.computeUs += computeMs * 1_000;
    figures.durations.compute.record(computeMs);
  }

  /** The figures of each version since the start. */
  statistics(): Iterable<ModelFigures> {
    return this.models.values();
  }

  private of(servable: Servable): ModelFigures {
    const known = this.figures.get(servable);
    if (known !== undefined) return known;
    const key = servableKey(servable.signature);
    const figures = this.models.get(key) ?? zeroFigures(servable.signature.name, servable.signature.version);
    this.models.set(key, figures);
    this.figures.set(servable, figures);
    if (this.models.size > versionsMax) this.forgetOldest();
    return figures;
  }

  private forgetOldest(): void {
    const [oldest] = this.models.keys();
    if (oldest !== undefined) this.models.delete(oldest);
    this.figures = new WeakMap(); // figures of servables still in use are looked up again by key
  }

  private gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }

  /** A counter whose total is kept elsewhere and read at each scrape. */
  private sum(name: string, help: string, read: () => number): void {
    new Counter({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  private modelSums(pending: MetricReadings["pending"]): void {
    const each = (name: string, help: string, read: (figures: ModelFigures) => number) =>
      this.perModel(name, help, read);
    each("headgate_inference_request_success", "Requests answered with a result", (m) => m.requestSuccess);
    each("headgate_inference_count", "Rows computed", (m) => m.inferences);
    each("headgate_inference_exec_count", "Batches computed", (m) => m.executions);
    each(
      "headgate_inference_inline_count",
      "Batches computed on the thread of the sockets",
      (m) => m.inlineExecutions,
    );
    each(
      "headgate_inference_request_duration_us",
      "Microseconds from receipt to answer, summed",
      (m) => m.requestUs,
    );
    each(
      "headgate_inference_queue_duration_us",
      "Microseconds waited before compute, summed",
      (m) => m.queueUs,
    );
    each(
      "headgate_inference_compute_infer_duration_us",
      "Microseconds computing batches, summed",
      (m) => m.computeUs,
    );
    const { models } = this;
    new Counter({
      name: "headgate_inference_request_failure",
      help: "Requests that failed, by Triton's reasons",
      labelNames: ["model", "version", "reason"],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const { model, version, requestFailure } of models.values())
          for (const reason of failureReasons) this.inc({ model, version, reason }, requestFailure[reason]);
      },
    });
    new Gauge({
      name: "headgate_inference_pending_request_count",
      help: "Requests that wait for compute",
      labelNames: ["model", "version"],
      registers: [this.registry],
      collect() {
        for (const [key, { model, version }] of models) this.set({ model, version }, pending(key));
      },
    });
  }

  private perModel(name: string, help: string, read: (figures: ModelFigures) => number): void {
    const { models } = this;
    new Counter({
      name,
      help,
      labelNames: ["model", "version"],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const figures of models.values())
          this.inc({ model: figures.model, version: figures.version }, read(figures));
      },
    });
  }
}
