/** Makes the prover that the config describes: results of earlier proofs, and processes for new ones. */
import type { Logger } from "pino";
import { provingEnvironment } from "../../engines/onnx/proving/environment.js";
import { ProverPool } from "../../engines/onnx/proving/prover-pool.js";
import { type Clock, systemClock } from "../clock.js";
import type { Config } from "../config/config.js";
import { KeptProofs } from "./kept-proofs.js";
import { Proofs } from "./proofs.js";

interface OpenProofsOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly clock?: Clock;
  readonly provingProgram?: URL;
}

export async function openProofs({
  config,
  log,
  clock = systemClock,
  provingProgram,
}: OpenProofsOptions): Promise<Proofs> {
  const { repository, engine, data } = config;
  const { proof_ms: ms, proofs_at_once: atOnce, limits } = repository;
  const memoryBytes = repository.proof_memory_bytes ?? engine.model_memory_bytes;
  const intraOpThreads = engine.intra_op_threads;
  const kept = await KeptProofs.open(data, (error) =>
    log.warn({ err: error, data }, "proofs cannot be kept; each start proves all versions again"),
  );
  return new Proofs({
    log,
    clock,
    kept,
    provers: new ProverPool({ program: provingProgram, atOnce, ms, memoryBytes, limits }),
    // A proof under other limits says nothing of these.
    environment: `${provingEnvironment(intraOpThreads)}, limits ${JSON.stringify(limits)}`,
    intraOpThreads,
    bounds: { ms, memoryBytes },
  });
}
