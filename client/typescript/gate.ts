/** The client: one socket for all requests, streams and subscriptions, for days. */
import { HeadgateError, invalidArgument } from "../../protocol/errors.js";
import type {
  AckFrame,
  ClientFrame,
  GatewayFrame,
  ResultFrame,
  WelcomeFrame,
} from "../../protocol/frames.js";
import { limits } from "../../protocol/limits.js";
import type { PromotionRecord } from "../../protocol/promotion-frames.js";
import type { WatchTopic } from "../../protocol/samples.js";
import type { ScheduleList, ScheduleSettings, ScheduleState } from "../../protocol/schedule-frames.js";
import type { JobState, PublishedVersion } from "../../protocol/train-frames.js";
import { defaultBackoff } from "./backoff.js";
import { ClientMetrics } from "./client-metrics.js";
import { Dataset, type DatasetOptions, versionOf } from "./dataset.js";
import { put } from "./dataset-parts.js";
import { type Description, descriptionOf } from "./description.js";
import { FallbackCaller } from "./fallback-caller.js";
import { callHook } from "./hooks.js";
import { InferCall, type InferSetup } from "./infer-call.js";
import { InferTemplates } from "./infer-templates.js";
import type { JobsQuery, TrainingJob } from "./job.js";
import { Link } from "./link.js";
import type { UploadOptions } from "./model-upload.js";
import type {
  CallOptions,
  ConnectOptions,
  GateEvent,
  InferOptions,
  InferResult,
  Inputs,
  Tensors,
} from "./options.js";
import { Outages } from "./outages.js";
import { Policy, type PolicyActions } from "./policy.js";
import { ClientPromotions, type PromoteOptions, type RollbackOptions } from "./promotions.js";
import { ClientRequests } from "./requests.js";
import { ClientSchedules, type ScheduleOptions, type SchedulesQuery } from "./schedules.js";
import { type AckCall, SessionState } from "./session-state.js";
import type { Platform, SocketClosure } from "./socket.js";
import type { Stream, StreamOptions } from "./stream.js";
import type { StateOptions, StreamState } from "./stream-state.js";
import type { SubscribeOptions, Subscription } from "./subscription.js";
import { TokenRenewal } from "./token-renewal.js";
import type { TrainingResult, TrainOptions } from "./training.js";
import { ClientTrainings, type TrainingActions } from "./trainings.js";
import { type Sample, type Watch, Watches, type WatchOptions } from "./watch.js";

const defaults = {
  timeoutMs: 30_000,
  connectTimeoutMs: 10_000,
  attemptTimeoutMs: 10_000,
  maxMessageBytes: 32 * 1024 * 1024,
  fallbackAfterMs: 1_000,
};

/** A client of one service, made by `connect`. */
export class Gate {
  private readonly link: Link;
  private readonly requests: ClientRequests;
  private readonly session: SessionState;
  private readonly watches: Watches;
  private readonly trainings: ClientTrainings;
  private readonly scheduled: ClientSchedules;
  private readonly promotions: ClientPromotions;
  private readonly outages: Outages;
  private readonly inferences: InferSetup;
  /** How many calls ended how, and how long they took, since this client was made. */
  readonly metrics: ClientMetrics;
  private token: ConnectOptions["token"];
  private readonly renewal: TokenRenewal;
  private impatience: ReturnType<typeof setTimeout> | undefined;
  private isConnected = false;
  private isClosed = false;
  /** What the gateway of the present connection, or of the last one, offers, and its largest message in bytes. */
  private features: readonly string[] = [];
  private messageBytes = defaults.maxMessageBytes;
  /** While `connect` waits, its error tells what fails: the log need not. */
  private isConnecting = false;
  private failure: HeadgateError | undefined;
  private waitingForChange = new Set<() => void>();

  /** @internal */
  constructor(
    urls: readonly string[],
    private readonly options: ConnectOptions,
    platform: Platform,
  ) {
    this.token = options.token ?? platform.setting("HEADGATE_TOKEN");
    this.outages = new Outages(urls);
    this.metrics = new ClientMetrics(this.outages, () => this.isConnected);
    this.inferences = {
      metrics: this.metrics,
      fallback: options.fallback && new FallbackCaller(options, this.outages),
      templates: options.encoding === "json" ? undefined : new InferTemplates(),
    };
    this.isConnecting = options.wait !== false;
    this.renewal = new TokenRenewal({
      renew: () => this.renew(),
      failed: (error) => this.notRenewed(error),
      now: () => performance.now(),
    });
    this.link = this.linkTo(urls, platform);
    this.requests = new ClientRequests(this.link, options.attemptsMax, (what) => this.outages.error(what));
    this.session = new SessionState({
      connected: () => this.isConnected,
      ack: (frame, call) => this.ack(frame, call),
      askOnce: (frame) => this.requests.ask({ frame, repeatable: false, timeoutMs: Infinity, first: true }),
      restarted: (stream) => this.report({ kind: "stream_restarted", stream }),
      lost: (stream, ackedTs, lastTs) => this.lost(stream, ackedTs, lastTs),
      observeFailed: (stream, error) => this.report({ kind: "observe_failed", stream, error }),
    });
    this.watches = new Watches({
      connected: () => this.isConnected,
      askOnce: (frame) => this.requests.ask({ frame, repeatable: false, timeoutMs: Infinity }),
    });
    const actions: TrainingActions = {
      ack: (frame, call) => this.ack(frame, call),
      ask: async (spec) => (await this.requests.ask(spec)) as AckFrame | ResultFrame,
      subscribe: (topic, own, confirmed) => this.session.subscribe(topic, own, confirmed),
      reached: () => this.reached(),
      timeoutOf: (askedMs) => this.timeoutOf(askedMs),
      messageBytes: () => this.messageBytes,
      requireFeature: (feature) => this.requireFeature(feature),
    };
    this.trainings = new ClientTrainings(actions);
    this.promotions = new ClientPromotions(actions);
    this.scheduled = new ClientSchedules(
      (frame, call) => this.ack(frame, call),
      (feature) => this.requireFeature(feature),
    );
    this.armImpatience();
    this.link.start();
  }

  private linkTo(urls: readonly string[], platform: Platform): Link {
    const { options } = this;
    return new Link(
      {
        urls,
        token: async () => (typeof this.token === "function" ? this.token() : this.token),
        tls: async () => (typeof options.tls === "function" ? options.tls() : options.tls),
        isTokenMade: () => typeof this.token === "function",
        client: options.client,
        encoding: options.encoding ?? "msgpack",
        maxMessageBytes: options.maxMessageBytes ?? defaults.maxMessageBytes,
        backoff: options.backoff ?? defaultBackoff,
        attemptTimeoutMs: options.attemptTimeoutMs ?? defaults.attemptTimeoutMs,
        platform,
      },
      {
        up: (welcome, url) => this.up(welcome, url),
        down: (closed, url) => this.down(closed, url),
        frame: (frame) => this.take(frame),
        caughtUp: () => this.session.isCaughtUp,
        waiting: (inMs, attempt) => {
          this.outages.retryIn(inMs);
          this.report({ kind: "reconnecting", inMs, attempt });
        },
        failed: (error) => this.fail(error),
      },
    );
  }

  /** Whether there is a connection now. */
  get connected(): boolean {
    return this.isConnected;
  }

  /**
   * Settles once connected, or once the fallback has to answer.
   * @throws HeadgateError when no gateway can be had in time
   * @internal
   */
  async opened(): Promise<this> {
    const timeoutMs = this.options.connectTimeoutMs ?? defaults.connectTimeoutMs;
    const until = Date.now() + timeoutMs;
    while (!this.isConnected) {
      if (this.failure !== undefined) throw this.failure;
      const remaining = until - Date.now();
      if (remaining <= 0 && this.options.fallback === undefined) {
        const error = this.outages.error(`no gateway answered within ${timeoutMs / 1_000} s`, "");
        await this.end(error);
        throw error;
      }
      if (remaining <= 0) {
        this.isConnecting = false;
        this.logOutage();
        return this;
      }
      await this.change(remaining);
    }
    this.isConnecting = false;
    return this;
  }

  /**
   * Asks a model or a fit.
   * @param model its name
   * @param inputs by name: tensors, or references to rows of a dataset or a stream; `describe` tells the signature. A
   * fallback answers no request with references, because only the gateway has the rows
   * @param options the version, parameters, time and priority of this request
   * @throws {@link UnavailableError} when no gateway and no fallback answered, with the addresses and the cause
   * @throws {@link HeadgateError} with gRPC's `code`
   */
  infer(model: string, inputs: Inputs, options: InferOptions = {}): Promise<InferResult> {
    try {
      const timeoutMs = this.timeoutOf(options.timeoutMs);
      return this.requests.ask(new InferCall(this.inferences, model, inputs, options, timeoutMs));
    } catch (error) {
      this.metrics.failed(error);
      return Promise.reject(error);
    }
  }

  /**
   * Puts a table on the gateway, which requests then refer to: nothing is sent again. The same content under the same
   * name costs nothing.
   * @param columns by name: `[rows]` or `[rows, ...]`, all with equally many rows, in at most one message
   * @param options its name, the time that it is of, and the time of this call
   */
  async dataset(columns: Tensors, options: DatasetOptions = {}): Promise<Dataset> {
    if (!this.isConnected) await this.reached();
    const { encoding = "msgpack" } = this.options;
    const timeoutMs = this.timeoutOf(options.timeoutMs);
    const ask = async (frame: (id: number) => ClientFrame, repeatable: boolean) =>
      (await this.requests.ask({ frame, repeatable, timeoutMs })) as AckFrame;
    const kept = await put({ encoding, messageBytes: this.messageBytes, ask }, columns, options);
    return new Dataset(versionOf(kept), (frame, call = {}) => this.ack(frame, call));
  }

  /**
   * Fits a model at the gateway, and answers with the fitted attributes. No fallback answers.
   * @param trainer its name, such as `random_forest_classifier`; `describe` tells its inputs and parameters
   * @param inputs `X`, `y` and others that the trainer's signature names: tensors, or references
   * @param options parameters, and what becomes of the model. Without `timeoutMs` the gateway's own limit counts
   * @throws {@link HeadgateError} `failed_precondition` when the gateway has no trainer, with the command to type
   */
  train(
    trainer: string,
    inputs: Inputs,
    options: TrainOptions & { readonly background: true },
  ): Promise<TrainingJob>;
  train(
    trainer: string,
    inputs: Inputs,
    options?: TrainOptions & { readonly background?: false },
  ): Promise<TrainingResult>;
  train(trainer: string, inputs: Inputs, options: TrainOptions = {}): Promise<TrainingResult | TrainingJob> {
    return this.trainings.train(trainer, inputs, options);
  }

  /**
   * The jobs of the namespace, newest first.
   * @param options which ones, and the time of this call
   */
  jobs(options: JobsQuery = {}): Promise<readonly JobState[]> {
    return this.trainings.jobs(options);
  }

  /**
   * A job by its name, also one of another client. The gateway is not asked yet.
   * @param name the job's name
   */
  job(name: string): TrainingJob {
    return this.trainings.job(name);
  }

  /**
   * Publishes an ONNX file as a version of a model. It goes through the same gate as any version.
   * @param model the model's name
   * @param onnx the bytes of the file
   * @param options its version, traffic, aliases and expiry, and the time for one part of the file
   * @throws {@link HeadgateError} `permission_denied` without the scope `models:admin`; `failed_precondition` when the
   * gate refuses it
   */
  upload(model: string, onnx: Uint8Array, options: UploadOptions = {}): Promise<PublishedVersion> {
    return this.trainings.upload(model, onnx, options);
  }

  /**
   * Puts a schedule, which retrains a model again and again and promotes what is not worse. It goes on without this client.
   * @param settings what it trains, when, and what becomes of it; the names are those of the protocol
   * @param options whether another schedule of this name is replaced, and the time of this call
   * @throws {@link HeadgateError} `permission_denied` without the scopes `training:run` and `models:admin`;
   * `failed_precondition` where a schedule of this name has other settings
   */
  schedule(settings: ScheduleSettings, options: ScheduleOptions = {}): Promise<ScheduleState> {
    return this.scheduled.put(settings, options);
  }

  /**
   * The schedules of the namespace, in the order of their names.
   * @param query which ones, and the time of this call
   */
  schedules(query: SchedulesQuery = {}): Promise<ScheduleList> {
    return this.scheduled.list(query);
  }

  /**
   * A schedule as it is now.
   * @param name the schedule's name
   * @param call the time of this call
   */
  scheduleState(name: string, call: CallOptions = {}): Promise<ScheduleState> {
    return this.scheduled.one(name, call);
  }

  /**
   * Removes a schedule. What it trains is cancelled; the versions that it published stay.
   * @param name the schedule's name
   * @param call the time of this call
   */
  unschedule(name: string, call: CallOptions = {}): Promise<void> {
    return this.scheduled.remove(name, call);
  }

  /**
   * A trading policy, to `act` with. The gateway is not asked yet.
   * @param name the model's name
   * @param settings the version that is asked, and the priority of its requests
   */
  policy(name: string, settings: Pick<InferOptions, "version" | "priority"> = {}): Policy {
    const describe = (model: string, call: CallOptions) => this.describe(model, call);
    const infer: PolicyActions["infer"] = (model, inputs, options) => this.infer(model, inputs, options);
    return new Policy(name, { describe, infer }, settings);
  }

  /**
   * Gives a version of a model its share of the traffic, and an alias. Settles once the version serves so.
   * @param model the model's name
   * @param version its number, or an alias that stands for it
   * @param options its share, an alias, why, and the time of this call
   * @returns the record that the gateway keeps: who, when, why, and from which version to which
   * @throws {@link HeadgateError} `permission_denied` without the scope `models:admin`; `failed_precondition` when the
   * version cannot serve, has expired, or the model's folder cannot be written to
   */
  promote(model: string, version: string, options: PromoteOptions = {}): Promise<PromotionRecord> {
    return this.promotions.promote(model, version, options);
  }

  /**
   * Takes the last promotion of a model back that no rollback has taken back yet.
   * @param model the model's name
   * @param options the alias that alone goes back, why, and the time of this call
   * @returns the record that the gateway keeps
   * @throws {@link HeadgateError} as `promote`
   */
  rollback(model: string, options: RollbackOptions = {}): Promise<PromotionRecord> {
    return this.promotions.rollback(model, options);
  }

  /**
   * The models and detectors that can be asked for, with their signatures, and what was measured of the kernels.
   * @param model only the versions of this one
   * @param call the time of this call
   */
  async describe(model?: string, call: CallOptions = {}): Promise<Description> {
    return descriptionOf(
      await this.ack((id) => ({ type: "describe", id, ...(model !== undefined && { model }) }), call),
    );
  }

  /**
   * Binds a detector to a stream, or joins the stream where others opened it; the same again is no change.
   * @param name the stream's name
   * @param options the detector and what the stream begins with
   */
  openStream(name: string, options: StreamOptions): Promise<Stream> {
    return this.session.openStream(name, options);
  }

  /**
   * The state of any stream, whoever feeds it, as `Stream.state` tells it of one's own.
   * @param name the stream's name
   * @param query whether to tell the path as well, and how much of it
   * @throws {@link HeadgateError} `not_found`, or `failed_precondition` when there is no smoothed path yet
   */
  streamState(name: string, query: StateOptions = {}): Promise<StreamState> {
    return this.session.state(name, query);
  }

  /**
   * Subscribes to regime changes. Across reconnections each comes once and in order.
   * @param topic `regime.<stream>`, or `regime.*` for all streams
   * @param options where to resume, and functions that hear of other events
   */
  subscribe(topic: string, options: SubscribeOptions = {}): Subscription {
    return this.session.subscribe(topic, options);
  }

  /**
   * Watches the gateway's own figures, also across reconnections, until the watch is stopped.
   * @param topic such as `gateway.stats`
   * @param options the interval, and who hears of the watch's end
   * @param onSample is called with each sample
   * @throws {@link HeadgateError} `failed_precondition` when this client watches the topic already
   */
  watch<T extends WatchTopic>(
    topic: T,
    options: WatchOptions,
    onSample: (sample: Sample<T>) => void,
  ): Watch<T> {
    return this.watches.watch(topic, options, onSample);
  }

  /**
   * Gives the gateway a new token before the old one expires; the connection lives on. A token that was given as a
   * string is replaced by it for later connections too; a function is asked again at each, and the client renews its
   * tokens by itself.
   * @param token the new one, of the same tenant and namespace
   * @throws {@link HeadgateError} `unauthenticated` or `permission_denied`; the old token then stays in force
   */
  async refresh(token: string): Promise<void> {
    const { expires_in_ms } = await this.ack((id) => ({ type: "refresh", id, token }));
    if (typeof this.token === "function") this.renewal.begin(expires_in_ms);
    else this.token = token;
  }

  /** A fresh token for this connection. It is sent once: another connection begins with a token of its own. */
  private async renew(): Promise<unknown> {
    const token = typeof this.token === "function" ? await this.token() : this.token;
    if (token === undefined) return undefined;
    const frame = (id: number): ClientFrame => ({ type: "refresh", id, token });
    const ask = { frame, repeatable: false, timeoutMs: this.timeoutOf(), first: true };
    return ((await this.requests.ask(ask)) as AckFrame)["expires_in_ms"];
  }

  private notRenewed(error: HeadgateError): void {
    if (this.options.onEvent === undefined)
      console.warn(`headgate: the token could not be renewed: ${error.message}`);
    this.report({ kind: "token_not_renewed", error });
  }

  /** Ends the connection; requests without an answer fail with `cancelled`. */
  close(): Promise<void> {
    return this.end(new HeadgateError("cancelled", "the client was closed"));
  }

  private async end(error: HeadgateError): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.failure ??= error;
    clearTimeout(this.impatience);
    this.renewal.end();
    this.session.end(undefined, error);
    this.watches.endAll(undefined, error);
    this.requests.end(error);
    this.link.stop();
    while (this.isConnected) await this.change(1_000);
  }

  private up(
    { connection, credits, features, limits: told, expires_in_ms }: WelcomeFrame,
    url: string,
  ): void {
    clearTimeout(this.impatience);
    if (typeof this.token === "function") this.renewal.begin(expires_in_ms);
    this.isConnected = true;
    this.features = features;
    this.messageBytes = told["message_bytes"] ?? defaults.maxMessageBytes;
    // What a hook subscribes to or watches is sent at once: nothing of it may be left to be sent again.
    this.session.restore();
    this.watches.restore(features);
    this.endOutage(url);
    this.report({ kind: "connected", url, connection });
    this.requests.up({
      credits,
      bytesInFlight: told["bytes_in_flight"] ?? limits.bytes_in_flight_max,
      messageBytes: told["message_bytes"] ?? Infinity,
      textBytes: told["text_bytes"] ?? Infinity,
      textValues: told["text_values"] ?? Infinity,
    });
    this.changed();
  }

  private down({ code, reason }: SocketClosure, url: string): void {
    const was = this.isConnected;
    const cause = reason || `the connection was closed with ${code}`;
    this.isConnected = false;
    this.renewal.end();
    const isOutage = !this.isClosed && this.outages.begin(url, cause);
    if (isOutage && !this.isConnecting) this.logOutage();
    this.requests.down(`the connection to ${url} was lost: ${cause}`);
    if (was && !this.isClosed) this.armImpatience();
    this.report({ kind: "disconnected", url, code, reason });
    this.changed();
  }

  /** Who listens to events hears of an outage there; else the console tells of it. */
  private logOutage(): void {
    if (this.options.onEvent === undefined)
      console.warn(`headgate: ${this.outages.error(undefined, "").message}`);
  }

  private endOutage(url: string): void {
    const outage = this.outages.end();
    if (outage === undefined) return;
    if (this.options.onEvent === undefined && !this.isConnecting)
      console.warn(
        `headgate: ${url} answers again after ${(outage.lastedMs / 1_000).toFixed(1)} s; ` +
          `${outage.fallbacks} calls were answered by the fallback`,
      );
    callHook(this.options.onBack, outage);
  }

  private fail(error: HeadgateError): void {
    this.failure = error;
    this.requests.end(error);
    this.session.end(error, error);
    this.watches.endAll(error, error);
    this.report({ kind: "failed", error });
    this.changed();
  }

  private take(frame: GatewayFrame): void {
    switch (frame.type) {
      case "result":
      case "ack":
        return this.requests.answer(frame);
      case "error":
        if (frame.id !== undefined) return this.requests.answer({ ...frame, id: frame.id });
        return frame.topic === undefined ? undefined : this.watches.refused(frame);
      case "event":
      case "snapshot":
      case "heartbeat":
        return this.session.deliver(frame);
      case "sample":
        return this.watches.deliver(frame);
      case "drain":
        return this.report({ kind: "draining", deadlineMs: frame.deadline_ms });
      case "welcome":
        return;
    }
  }

  private async ack(frame: (id: number) => ClientFrame, call: AckCall = {}): Promise<AckFrame> {
    const timeoutMs = this.timeoutOf(call.timeoutMs);
    return (await this.requests.ask({
      frame,
      repeatable: true,
      timeoutMs,
      first: call.first ?? false,
    })) as AckFrame;
  }

  /** Waits for a gateway as long as any call does: what follows may take much longer. */
  private async reached(): Promise<void> {
    const timeoutMs = this.timeoutOf();
    const until = Date.now() + timeoutMs;
    while (!this.isConnected && this.failure === undefined) {
      const remaining = until - Date.now();
      if (remaining <= 0) throw this.outages.error(`no gateway answered within the call's ${timeoutMs} ms`);
      await this.change(remaining);
    }
  }

  private requireFeature(feature: string): void {
    if (!this.features.includes(feature))
      throw new HeadgateError("unimplemented", `this gateway is older and does not have \`${feature}\``);
  }

  private timeoutOf(asked = this.options.timeoutMs ?? defaults.timeoutMs): number {
    if (!(asked > 0))
      throw invalidArgument("timeoutMs", `must be a number of milliseconds above 0, not ${asked}`);
    return Math.min(asked, limits.timeout_ms_max);
  }

  private armImpatience(): void {
    clearTimeout(this.impatience);
    if (this.options.fallback === undefined) return;
    this.impatience = setTimeout(
      () => this.requests.failImpatient(),
      this.options.fallbackAfterMs ?? defaults.fallbackAfterMs,
    );
  }

  /** This is logged even when `onEvent` hears of it: acknowledged observations must not be missing in silence. */
  private lost(stream: string, ackedTs: number, lastTs: number | null): void {
    console.warn(
      `headgate: stream ${stream}: observations up to ${ackedTs} were acknowledged, this gateway has them up to ${lastTs}; ` +
        "a stream lives on one gateway. Feed again what it lacks.",
    );
    this.report({ kind: "observations_lost", stream, ackedTs, lastTs });
  }

  private report(event: GateEvent): void {
    callHook(this.options.onEvent, event);
  }

  private changed(): void {
    for (const wake of this.waitingForChange) wake();
    this.waitingForChange.clear();
  }

  private change(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.waitingForChange.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
