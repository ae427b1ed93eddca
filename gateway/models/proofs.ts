/**
 * Whether a version may be given to a worker: by the kept result of its proof, or by a proof in a process of its own.
 */
import { createHash } from "node:crypto";
import type { Logger } from "pino";
import type { ImportOptions, ImportResult } from "../../engines/onnx/import/import-options.js";
import type { ModelSource } from "../../engines/onnx/model-source.js";
import type { Proof, ProvingTask } from "../../engines/onnx/proving/messages.js";
import { ProofFailure } from "../../engines/onnx/proving/proof-failure.js";
import type { ProverPool, ProvingOptions } from "../../engines/onnx/proving/prover-pool.js";
import type { Verification } from "../../engines/onnx/signing/verify.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { Clock } from "../clock.js";
import type { KeptProofs, ProofOutcome } from "./kept-proofs.js";

export interface ProofRequest {
  readonly key: string;
  readonly source: ModelSource;
  /** Differs whenever one of its files does, or what the config says of it. */
  readonly stamp: string;
  /** The niceness of the process that proves it. */
  readonly nice: number;
  /** Aborted when it is not to be served any more. */
  readonly signal?: AbortSignal | undefined;
}

export interface ProofsDependencies {
  readonly log: Logger;
  readonly clock: Clock;
  readonly provers: Pick<ProverPool, "ask" | "close" | "prepare">;
  readonly kept: KeptProofs;
  /** The runtime's version and settings. */
  readonly environment: string;
  readonly intraOpThreads: number;
  /** What a proof may take; a version that failed within less is proven again. */
  readonly bounds: { readonly ms: number; readonly memoryBytes: number };
}

/**
 * Milliseconds for which a version that ran out of time or memory is not proven again, unless it is given more: a
 * day.
 */
const failureAgeMaxMs = 86_400_000;

export class Proofs {
  constructor(private readonly dependencies: ProofsDependencies) {}

  /** @throws ProofFailure with the reason */
  async of(proving: ProofRequest): Promise<Proof> {
    const { kept } = this.dependencies;
    const digest = await this.digest(proving);
    const known = kept.outcomeOf(digest);
    if (known !== undefined && "proof" in known) return known.proof;
    if (known !== undefined && this.holds(known.failure))
      throw new ProofFailure(known.failure.kind, known.failure.reason);
    return this.prove(proving, digest);
  }

  /** Starts the process of a proof that will be asked for soon. */
  prepare(nice: number): void {
    this.dependencies.provers.prepare(nice);
  }

  /**
   * The files of a proven version were moved: with the same stamp at their new place they are not read again.
   * @param modelPath the new path of the model's file
   */
  moved({ source, stamp }: Pick<ProofRequest, "source" | "stamp">, modelPath: string): void {
    const { kept } = this.dependencies;
    const digest = kept.digestOf(this.nameOf(source.modelPath, stamp));
    if (digest !== undefined) kept.setDigest(this.nameOf(modelPath, stamp), digest);
  }

  /** Verifies a version's signature, in a process of its own: reading a gigabyte takes a second. */
  verify(
    task: Extract<ProvingTask, { readonly kind: "verify" }>,
    options: ProvingOptions,
  ): Promise<Verification> {
    return this.dependencies.provers.ask(task, options);
  }

  /** Reads a model of unknown origin and writes a version of it, in a process of its own. */
  add(addition: ImportOptions, options: ProvingOptions): Promise<ImportResult> {
    return this.dependencies.provers.ask({ kind: "add", addition }, options);
  }

  async close(): Promise<void> {
    this.dependencies.provers.close();
    await this.dependencies.kept.written();
  }

  /** Files that did not change are not read again: reading a gigabyte takes a second. */
  private async digest({ source, stamp, nice, signal }: ProofRequest): Promise<string> {
    const { kept, provers, environment } = this.dependencies;
    const name = this.nameOf(source.modelPath, stamp);
    const known = kept.digestOf(name);
    if (known !== undefined) return known;
    const digest = await provers.ask({ kind: "digest", source, environment }, { nice, signal });
    kept.setDigest(name, digest);
    return digest;
  }

  private nameOf(modelPath: string, stamp: string): string {
    return createHash("sha256")
      .update(JSON.stringify([modelPath, stamp, this.dependencies.environment]))
      .digest("hex");
  }

  private async prove({ key, source, nice, signal }: ProofRequest, digest: string): Promise<Proof> {
    const { log, clock, provers, kept, environment, intraOpThreads, bounds } = this.dependencies;
    const started = clock.now();
    try {
      const proof = await provers.ask({ kind: "prove", source, intraOpThreads }, { nice, signal });
      const after = await provers.ask({ kind: "digest", source, environment }, { nice, signal });
      if (after !== digest)
        throw new HeadgateError("unavailable", "its files changed while it was proven; it is proven again");
      kept.setOutcome(digest, { proof });
      const { opening: opening_bytes, resident: resident_bytes } = proof.memory;
      const ms = Math.round(clock.now() - started);
      log.info(
        { model: key, ms, resident_bytes, opening_bytes, file_bytes: source.bytes },
        "a version was proven",
      );
      return proof;
    } catch (error) {
      if (error instanceof ProofFailure && (error.kind === "time" || error.kind === "memory"))
        kept.setOutcome(digest, {
          failure: { kind: error.kind, reason: error.message, ...bounds, at: clock.wall() },
        });
      throw error;
    }
  }

  private holds({ ms, memoryBytes, at }: Extract<ProofOutcome, { failure: unknown }>["failure"]): boolean {
    const { bounds, clock } = this.dependencies;
    return ms >= bounds.ms && memoryBytes >= bounds.memoryBytes && clock.wall() - at < failureAgeMaxMs;
  }
}
