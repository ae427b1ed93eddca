/** The streams of every namespace: open, observe, close. */
import type { Detector } from "../../engines/detectors/detector.js";
import { firstNonFinite } from "../../engines/non-finite.js";
import { validateParameters } from "../../engines/validate.js";
import { HeadgateError, invalidArgument } from "../../protocol/errors.js";
import { shown } from "../../protocol/fields.js";
import type { Observe, Open, RegimeChange, RegimeState } from "../../protocol/frames.js";
import { fromWire } from "../../protocol/tensor.js";
import { regimeTopic } from "../../protocol/topics.js";
import type { Clock } from "../clock.js";
import type { TopicKey } from "./event-log.js";
import { type Batch, Stream, type StreamDuties, type Taken } from "./stream.js";

export interface StreamsOptions {
  readonly detectors: readonly Detector[];
  readonly clock: Clock;
  /** Streams of a namespace. */
  readonly countMax: number;
  /** Milliseconds a stream lives without an observation. */
  readonly expiryMs: number;
  readonly fit: StreamDuties["fit"];
  /** Puts a change into the event log and tells its subscribers. */
  readonly changed: (key: TopicKey, change: RegimeChange) => Promise<void>;
}

interface Kept {
  readonly stream: Stream;
  touchedAt: number;
}

/** How often expired streams are looked for. */
const sweepMs = 60_000;

export class Streams {
  private readonly namespaces = new Map<string, Map<string, Kept>>();
  private readonly detectors: ReadonlyMap<string, Detector>;
  private stopSweeping: () => void = () => {};

  constructor(private readonly options: StreamsOptions) {
    this.detectors = new Map(options.detectors.map((detector) => [detector.signature.name, detector]));
    this.sweepLater();
  }

  get count(): number {
    return [...this.namespaces.values()].reduce((sum, streams) => sum + streams.size, 0);
  }

  /** @throws HeadgateError not_found, invalid_argument or failed_precondition */
  open(namespace: string, frame: Open): { readonly created: boolean; readonly stream: Stream } {
    const detector = this.detectors.get(frame.detector);
    if (detector === undefined)
      throw new HeadgateError(
        "not_found",
        `detector: no detector ${shown(frame.detector)}; there are ${[...this.detectors.keys()].join(", ")}`,
      );
    const parameters = validateParameters(frame.detector, detector.signature.parameters, frame.parameters);
    const streams = this.namespaces.get(namespace) ?? new Map<string, Kept>();
    this.namespaces.set(namespace, streams);
    const known = streams.get(frame.stream)?.stream;
    if (known !== undefined && same(known, detector, parameters)) return { created: false, stream: known };
    if (known !== undefined && frame.replace !== true)
      throw new HeadgateError(
        "failed_precondition",
        `stream: ${frame.stream} is open with ${known.detector.signature.name} and other parameters; ` +
          "pass replace: true to start it afresh",
      );
    if (known === undefined && streams.size >= this.options.countMax)
      throw new HeadgateError("resource_exhausted", `stream: ${streams.size} streams are open, the limit`, {
        retryable: false,
      });
    const { fit, changed, clock } = this.options;
    const key = { namespace, topic: regimeTopic(frame.stream) };
    const stream = new Stream(frame.stream, detector, parameters, {
      fit,
      changed: (change) => changed(key, change),
    });
    streams.set(frame.stream, { stream, touchedAt: clock.now() });
    return { created: true, stream };
  }

  /** @throws HeadgateError not_found, invalid_argument or failed_precondition; nothing is taken then */
  async observe(namespace: string, frame: Observe): Promise<Taken> {
    const kept = this.find(namespace, frame.stream);
    const taken = await kept.stream.observe(batchOf(frame));
    kept.touchedAt = this.options.clock.now();
    return taken;
  }

  close(namespace: string, name: string): void {
    this.find(namespace, name);
    this.namespaces.get(namespace)?.delete(name);
  }

  state(namespace: string, name: string): RegimeState | null {
    return this.namespaces.get(namespace)?.get(name)?.stream.state() ?? null;
  }

  topics(namespace: string): string[] {
    return [...(this.namespaces.get(namespace)?.keys() ?? [])].map(regimeTopic);
  }

  stop(): void {
    this.stopSweeping();
  }

  private find(namespace: string, name: string): Kept {
    const kept = this.namespaces.get(namespace)?.get(name);
    if (kept === undefined) throw new HeadgateError("not_found", `stream: ${name} is not open`);
    return kept;
  }

  private sweepLater(): void {
    this.stopSweeping = this.options.clock.after(sweepMs, () => {
      const oldest = this.options.clock.now() - this.options.expiryMs;
      for (const streams of this.namespaces.values())
        for (const [name, kept] of streams) if (kept.touchedAt < oldest) streams.delete(name);
      this.sweepLater();
    });
  }
}

function same(stream: Stream, detector: Detector, parameters: Stream["parameters"]): boolean {
  // Validated parameters have the order of the specification.
  return stream.detector === detector && JSON.stringify(stream.parameters) === JSON.stringify(parameters);
}

function batchOf(frame: Observe): Batch {
  const at = firstNonFinite(frame.values);
  const d = frame.values.shape.at(-1) ?? 1;
  if (at >= 0)
    throw invalidArgument("values", `NaN or infinity in column ${at % d}, row ${Math.floor(at / d)}`);
  const { data } = fromWire(frame.values);
  const rows = Float64Array.from(data as Float64Array | Float32Array); // a copy: the message's memory is not kept
  return { times: typeof frame.ts === "number" ? [frame.ts] : frame.ts, rows, d };
}
