/** Metrics of the model repository, the response cache and shadow versions. */
import { Counter, Gauge, type Registry } from "prom-client";
import type { Servable, Signature } from "../../engines/servable.js";

/** Figures that are read at each scrape. */
export interface RepositoryReadings {
  /** Bytes that the loaded models are estimated to use. */
  readonly modelBytes: () => number;
  /** Bytes of the files of the loaded models. */
  readonly fileBytes: () => number;
  readonly cacheBytes: () => number;
  readonly modelThreads: () => number;
  /** The versions that expire, with the seconds until then. */
  readonly expiries: () => Iterable<VersionLabels & { readonly seconds: number }>;
}

type VersionLabels = Pick<Signature, "name" | "version">;

export class RepositoryMetrics {
  private readonly loads: Counter<"model" | "version" | "outcome">;
  private readonly loadUs: Counter<"model" | "version">;
  private readonly unloads: Counter<"model" | "version" | "reason">;
  private readonly administrations: Counter<"action" | "outcome">;
  private readonly signatures: Counter<"model" | "version" | "outcome">;
  private readonly fallbacks: Counter<"model" | "version" | "provider">;
  private readonly hits: Counter<"model" | "version">;
  private readonly misses: Counter<"model" | "version">;
  private readonly shadows: Counter<"model" | "version" | "outcome">;
  private readonly shadowUs: Counter<"model" | "version">;

  constructor(private readonly registry: Registry) {
    const version = ["model", "version"] as const;
    this.loads = this.counter("headgate_model_loads_total", "Versions opened, and refused", [
      ...version,
      "outcome",
    ]);
    this.loadUs = this.counter(
      "headgate_model_load_duration_us",
      "Microseconds opening them, summed",
      version,
    );
    this.unloads = this.counter("headgate_model_unloads_total", "Versions closed: retired, evicted", [
      ...version,
      "reason",
    ]);
    this.administrations = this.counter(
      "headgate_model_administrations_total",
      "Loads and unloads that clients asked for, by outcome: done, failed",
      ["action", "outcome"],
    );
    this.signatures = this.counter(
      "headgate_model_signatures_total",
      "Signatures of versions that were checked, by outcome",
      [...version, "outcome"],
    );
    this.fallbacks = this.counter(
      "headgate_execution_provider_fallbacks_total",
      "Execution providers that did not start, so that the next one was taken",
      [...version, "provider"],
    );
    this.hits = this.counter(
      "headgate_cache_num_hits_per_model",
      "Requests answered from the response cache",
      version,
    );
    this.misses = this.counter("headgate_cache_num_misses_per_model", "Requests it did not know", version);
    this.shadows = this.counter(
      "headgate_shadow_requests_total",
      "Requests mirrored to a shadow version, by outcome",
      [...version, "outcome"],
    );
    this.shadowUs = this.counter(
      "headgate_shadow_request_duration_us",
      "Microseconds from asking a shadow to its answer, summed",
      version,
    );
  }

  read({ modelBytes, fileBytes, cacheBytes, modelThreads, expiries }: RepositoryReadings): void {
    this.gauge(
      "headgate_model_memory_bytes",
      "Bytes that open models take, as measured when they were proven",
      modelBytes,
    );
    this.gauge(
      "headgate_model_file_bytes",
      "Bytes of the files of open models, for each instance",
      fileBytes,
    );
    this.gauge("headgate_cache_bytes", "Bytes of answers in the response cache", cacheBytes);
    this.gauge("headgate_model_threads", "Threads that models live in", modelThreads);
    new Gauge({
      name: "headgate_model_expiry_seconds",
      help: "Seconds until a version expires and refuses requests; below 0 once it has",
      labelNames: ["model", "version"],
      registers: [this.registry],
      collect() {
        this.reset(); // a version may be gone
        for (const { name: model, version, seconds } of expiries()) this.set({ model, version }, seconds);
      },
    });
  }

  loaded({ name: model, version }: VersionLabels, ms: number): void {
    this.loads.inc({ model, version, outcome: "ready" });
    this.loadUs.inc({ model, version }, ms * 1_000);
  }

  refused({ name: model, version }: VersionLabels): void {
    this.loads.inc({ model, version, outcome: "refused" });
  }

  unloaded({ name: model, version }: VersionLabels, reason: "retired" | "evicted"): void {
    this.unloads.inc({ model, version, reason });
  }

  administered(action: "load" | "unload", outcome: "done" | "failed"): void {
    this.administrations.inc({ action, outcome });
  }

  signatureChecked({ name: model, version }: VersionLabels, outcome: string): void {
    this.signatures.inc({ model, version, outcome });
  }

  providerFellBack({ name: model, version }: VersionLabels, provider: string): void {
    this.fallbacks.inc({ model, version, provider });
  }

  cacheHit({ signature: { name: model, version } }: Servable): void {
    this.hits.inc({ model, version });
  }

  cacheMissed({ signature: { name: model, version } }: Servable): void {
    this.misses.inc({ model, version });
  }

  shadowed({ signature: { name: model, version } }: Servable, outcome: string, ms: number): void {
    this.shadows.inc({ model, version, outcome });
    this.shadowUs.inc({ model, version }, ms * 1_000);
  }

  private counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
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
}
