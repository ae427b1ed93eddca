/** The registry of the streams of all namespaces: opens them, feeds them, closes them. */

import type { Detector, ModelClient } from "../../engines/detectors/detector.js";
import { firstNonFinite } from "../../engines/non-finite.js";
import { validateParameters } from "../../engines/validate.js";
import { HeadgateError, invalidArgument } from "../../protocol/errors.js";
import { shown } from "../../protocol/fields.js";
import type { EventData, RegimeState, StreamClosed } from "../../protocol/frames.js";
import { fromWire } from "../../protocol/tensor.js";
import { regimeTopic } from "../../protocol/topics.js";
import { namespacedKey } from "../auth/namespaced-key.js";
import type { Clock } from "../clock.js";
import type { LoggedEvent } from "../events/event-log.js";
import type { QuotaAccount } from "../quotas/quota-account.js";
import type { TurnBudget } from "../turn-budget.js";
import type { Batch } from "./batch.js";
import type { BatchReceipt } from "./batch-queue.js";
import type { FitFunction } from "./detector-runner.js";
import type { Journal, SavedStream, StreamRecord } from "./journal.js";
import type { JournalCapacity } from "./journal-capacity.js";
import { RegimeStream, type StreamDependencies } from "./stream.js";
import { streamBytes } from "./stream-bytes.js";
import { streamParameters } from "./stream-parameters.js";
import { StreamRegistry } from "./stream-registry.js";
import type { ObserveRequest, OpenRequest } from "./stream-requests.js";
import { oddityOf, requireNotAhead } from "./tick-times.js";

export interface StreamsOptions {
  readonly detectors: readonly Detector[];
  readonly journal: Journal;
  readonly clock: Clock;
  /** Streams that a namespace may have. */
  readonly countMax: number;
  /** The account that a tenant's streams count for; absent where they count for none. */
  readonly accountOf?: ((tenant: string) => QuotaAccount) | undefined;
  /** Milliseconds that a stream lives without an observation. */
  readonly expiryMs: number;
  /** Milliseconds by which an observation's time may be ahead of the clock; absent: any number. */
  readonly aheadMaxMs?: number;
  /** Asked before a stream is opened or fed; absent: the journal has no bound. */
  readonly capacity?: Pick<JournalCapacity, "require">;
  readonly fit: FitFunction;
  /** The learned models, as the streams of a tenant call them. */
  readonly modelsOf: (tenant: string | undefined) => ModelClient;
  readonly turns: TurnBudget;
  /** Publishes an event that has just become visible in the log. */
  readonly publish: (event: LoggedEvent) => void;
  /** Called for accepted times that are odd, with words that end a sentence. */
  readonly oddTimes?: (record: StreamRecord, what: string) => void;
  /** Called for a stream on disk whose detector this gateway does not have; it stays there until it is opened again. */
  readonly unusable?: (stream: SavedStream, reason: string) => void;
}

/** Milliseconds between two searches for expired streams and events. */
const sweepMs = 60_000;

export class RegimeStreams {
  private readonly registry: StreamRegistry;
  private readonly detectors: ReadonlyMap<string, Detector>;
  private readonly dependencies: Omit<StreamDependencies, "models">;
  /**
   * Ids on disk, by namespace and name, of streams whose detector this gateway does not have. They stay there until
   * they are opened again.
   */
  private readonly unrestored = new Map<string, number>();
  /** Streams that were ended and whose end is not on disk yet, by namespace and name. */
  private readonly ending = new Map<string, Promise<void>>();
  private stopSweeping: () => void = () => {};

  constructor(private readonly options: StreamsOptions) {
    const { detectors, journal, clock, fit, turns, publish } = options;
    this.detectors = new Map(detectors.map((detector) => [detector.signature.name, detector]));
    this.dependencies = { journal, clock, fit, turns, publish };
    this.registry = new StreamRegistry(options.accountOf);
    for (const saved of journal.streams()) this.restore(saved);
    this.sweepLater();
  }

  get count(): number {
    return this.registry.count;
  }

  /** Streams whose feed has been silent for longer than their `max_silence_ms`. */
  get silentCount(): number {
    let count = 0;
    for (const stream of this.registry.all()) if (stream.isSilent) count++;
    return count;
  }

  /** Whether streams of this detector call learned models; false where there is no such detector. */
  callsModels(detector: string): boolean {
    return this.detectors.get(detector)?.callsModels === true;
  }

  /**
   * Opens a stream, which can be used at once; its `settled` settles once it is known whether it could be kept.
   * @param tenant that the stream counts for
   * @throws HeadgateError not_found, invalid_argument or failed_precondition
   */
  open(
    namespace: string,
    request: OpenRequest,
    tenant?: string,
  ): { readonly created: boolean; readonly stream: RegimeStream } {
    const detector = this.detectors.get(request.detector);
    if (detector === undefined)
      throw new HeadgateError(
        "not_found",
        `detector: no detector ${shown(request.detector)}; there are ${[...this.detectors.keys()].join(", ")}`,
      );
    const parameters = validateParameters(request.detector, streamParameters(detector), request.parameters);
    const streams = this.registry.of(namespace);
    const known = streams.get(request.stream);
    if (known !== undefined && same(known, detector, parameters)) return { created: false, stream: known };
    if (known !== undefined && request.replace !== true)
      throw new HeadgateError(
        "failed_precondition",
        `stream: ${request.stream} is open with ${known.detector.signature.name} and other parameters; ` +
          "pass replace: true to start it afresh",
      );
    if (known === undefined && streams.size >= this.options.countMax)
      throw new HeadgateError("resource_exhausted", `stream: ${streams.size} streams are open, the limit`, {
        retryable: false,
      });
    const account = tenant === undefined ? undefined : this.options.accountOf?.(tenant);
    if (known?.record.tenant !== tenant || known === undefined) account?.requireRoomFor("streams", 1);
    const history = request.history && batchOf({ ...request.history, field: "history.values" });
    if (history !== undefined) this.requireNotAhead(history, "history.ts");
    detector.admit?.(parameters, this.options.modelsOf(tenant), history?.d);
    this.requireCompute(detector, tenant);
    this.options.capacity?.require();
    account?.requireRoomFor(
      "kept_bytes",
      streamBytes(detector, parameters, history?.times.length ?? 0, history?.d ?? 0),
    );
    const { name, version } = detector.signature;
    const id = this.options.journal.newStreamId();
    const record = { id, namespace, tenant, name: request.stream, detector: name, version, parameters };
    const replaces = known?.record.id ?? this.unrestored.get(namespacedKey(namespace, request.stream));
    // The end of an earlier stream of this name, never of this one.
    const ending = this.ending.get(namespacedKey(namespace, request.stream));
    const before = async () => {
      await ending?.catch(() => undefined);
      return this.openingEvents(record, known, replaces);
    };
    const stream = RegimeStream.open(record, detector, this.dependenciesOf(tenant), {
      replaces,
      history,
      before,
    });
    known?.end();
    this.registry.add(stream);
    stream.settled().then(
      () => this.registry.recount(stream),
      () => {
        if (this.registry.remove(stream)) this.restoreById(replaces);
      },
    );
    return { created: true, stream };
  }

  /** @throws HeadgateError not_found, invalid_argument or failed_precondition: nothing is accepted then */
  async observe(namespace: string, { stream, ts, values }: ObserveRequest): Promise<BatchReceipt> {
    const found = this.find(namespace, stream);
    const batch = batchOf({ ts, values, field: "values" });
    this.requireNotAhead(batch, "ts");
    this.requireCompute(found.detector, found.record.tenant);
    this.options.capacity?.require();
    const { last_ts } = found.state();
    const taken = await this.registry.growing(found, batch, () => found.observe(batch));
    const what = oddityOf(batch.times, last_ts, this.options.clock.wall());
    if (what !== undefined && taken.accepted > 0) this.options.oddTimes?.(found.record, what);
    return taken;
  }

  /** @throws HeadgateError not_found; or unavailable when the end could not be kept, and then the stream continues */
  close(namespace: string, name: string): Promise<void> {
    return this.drop(this.find(namespace, name), "closed");
  }

  /** @throws HeadgateError not_found */
  find(namespace: string, name: string): RegimeStream {
    const stream = this.registry.get(namespace, name);
    if (stream === undefined) throw new HeadgateError("not_found", `stream: ${name} is not open`);
    return stream;
  }

  get(namespace: string, name: string): RegimeStream | undefined {
    return this.registry.get(namespace, name);
  }

  state(namespace: string, name: string): RegimeState | null {
    return this.get(namespace, name)?.state() ?? null;
  }

  /** The names of a namespace's streams. */
  names(namespace: string): Iterable<string> {
    return this.registry.of(namespace).keys();
  }

  topics(namespace: string): string[] {
    return [...this.names(namespace)].map(regimeTopic);
  }

  /**
   * Settles once every batch given so far is committed; a batch that takes longer than a turn of the event loop is
   * refused.
   */
  async stop(): Promise<void> {
    this.stopSweeping();
    const leaving = new HeadgateError("unavailable", "the gateway is going away, the batch was not taken");
    for (const stream of this.registry.all()) stream.refuseRest(leaving);
    for (const stream of this.registry.all()) {
      await stream.settled().catch(() => undefined);
      stream.end();
    }
  }

  /** A restored stream has its saved tenant; a stream without one is charged to nobody. */
  private dependenciesOf(tenant: string | undefined): StreamDependencies {
    return { ...this.dependencies, models: this.options.modelsOf(tenant) };
  }

  /**
   * Refuses observations of a stream that calls models while its tenant owes compute time. Checked once, before the
   * batch is queued: were each call checked, a batch of several calls could never be finished by a tenant in debt.
   * @throws HeadgateError resource_exhausted
   */
  private requireCompute({ callsModels }: Detector, tenant: string | undefined): void {
    if (callsModels !== true || tenant === undefined) return;
    this.options.accountOf?.(tenant).requireCompute(0, this.options.clock.now());
  }

  private requireNotAhead({ times }: Batch, field: string): void {
    const { clock, aheadMaxMs = Infinity } = this.options;
    requireNotAhead(times, field, clock.wall(), aheadMaxMs);
  }

  private restore(saved: SavedStream): void {
    const { namespace, name, detector: of, version, parameters: given } = saved.record;
    const detector = this.detectors.get(of);
    const reason = detector === undefined ? `no detector ${of}` : this.versionMismatch(detector, version);
    if (detector === undefined || reason !== undefined) {
      this.unrestored.set(namespacedKey(namespace, name), saved.record.id);
      this.options.unusable?.(saved, reason ?? "");
      return;
    }
    // Parameters that were added to the detector since then have their defaults.
    const parameters = validateParameters(of, streamParameters(detector), given);
    const record = { ...saved.record, parameters };
    this.registry.add(
      RegimeStream.restore(record, detector, this.dependenciesOf(record.tenant), saved.progress),
    );
  }

  private versionMismatch(detector: Detector, version: string): string | undefined {
    const { name, version: present } = detector.signature;
    return version === present ? undefined : `${name} is at version ${present}, its state is of ${version}`;
  }

  /** Restores a stream that was to be replaced by one that could not be kept. */
  private restoreById(id: number | undefined): void {
    const saved = id === undefined ? undefined : this.options.journal.stream(id);
    if (saved !== undefined) this.restore(saved);
  }

  /** The events with which a new stream of a name begins, once every event of the earlier stream is published. */
  private async openingEvents(
    { name, detector, version }: StreamRecord,
    known: RegimeStream | undefined,
    replaces: number | undefined,
  ): Promise<readonly EventData[]> {
    const left =
      known === undefined && replaces !== undefined ? this.options.journal.stream(replaces) : undefined;
    if (known === undefined && left === undefined) return [];
    const { observations, last_ts } =
      known === undefined
        ? { observations: left?.progress.total ?? 0, last_ts: left?.progress.lastTs ?? null }
        : await committedState(known);
    return [{ kind: "stream_replaced", stream: name, detector, version, observations, last_ts }];
  }

  private async drop(stream: RegimeStream, reason: StreamClosed["reason"]): Promise<void> {
    const { id, namespace, name } = stream.record;
    this.registry.remove(stream);
    stream.end();
    const key = namespacedKey(namespace, name);
    const ended = this.publishEnd(stream, reason);
    this.ending.set(key, ended);
    try {
      await ended;
    } catch (error) {
      if (this.registry.get(namespace, name) === undefined) this.restoreById(id);
      throw error;
    } finally {
      if (this.ending.get(key) === ended) this.ending.delete(key);
    }
  }

  private async publishEnd(stream: RegimeStream, reason: StreamClosed["reason"]): Promise<void> {
    const { id, namespace, name } = stream.record;
    const { observations, last_ts } = await committedState(stream);
    const data = { kind: "stream_closed", stream: name, reason, observations, last_ts } as const;
    await this.options.journal.commit(
      { closed: id, events: [{ key: { namespace, topic: regimeTopic(name) }, data }] },
      this.options.publish,
    );
  }

  private sweepLater(): void {
    const { clock, expiryMs, journal } = this.options;
    this.stopSweeping = clock.after(sweepMs, () => {
      for (const stream of [...this.registry.all()])
        if (stream.silentMs > expiryMs) void this.drop(stream, "expired").catch(() => undefined);
      journal.sweep();
      for (const stream of this.registry.all()) this.registry.recount(stream);
      this.sweepLater();
    });
  }
}

/** The state of a stream once every batch given so far is committed or refused. */
function committedState(stream: RegimeStream): Promise<RegimeState> {
  return stream.settled().catch(() => stream.state());
}

function same(stream: RegimeStream, detector: Detector, parameters: RegimeStream["parameters"]): boolean {
  // Validated parameters have the order of the specification, so that their texts can be compared.
  return stream.detector === detector && JSON.stringify(stream.parameters) === JSON.stringify(parameters);
}

function batchOf({
  ts,
  values,
  field,
}: Pick<ObserveRequest, "ts" | "values"> & { readonly field: string }): Batch {
  const at = firstNonFinite(values);
  const d = values.shape.at(-1) ?? 1;
  if (at >= 0) throw invalidArgument(field, `NaN or infinity in column ${at % d}, row ${Math.floor(at / d)}`);
  const { data } = fromWire(values);
  // A copy, because the message's buffer is reused.
  const rows = Float64Array.from(data as Float64Array | Float32Array);
  return { times: typeof ts === "number" ? [ts] : ts, rows, d };
}
