/**
 * The trainers in the catalog. Whether each can train depends on what is installed, which may change while the gateway
 * runs: it is looked at again before somebody reads the catalog's list, and before a training.
 */
import type { Servable, Signature } from "../../engines/servable.js";
import { extraOfLibrary } from "../../engines/training/installation/extra-of-library.js";
import { installedBytes, megabytes } from "../../engines/training/installation/room.js";
import { trainerLane } from "../../engines/training/lane.js";
import { trainerSchemas } from "../../engines/training/schemas/index.js";
import type { TrainerAvailability, TrainingEngine } from "../../engines/training/trainer.js";
import type { Catalog } from "../catalog/catalog.js";
import type { ServableState } from "../catalog/catalog-entry.js";

export interface TrainerServablesOptions {
  readonly catalog: Pick<Catalog, "set">;
  readonly engine: Pick<TrainingEngine, "availability">;
  readonly signatures: readonly Signature[];
  /** Milliseconds that a training has where the request does not say. */
  readonly defaultTimeoutMs: number;
}

/** The priorities of trainings, as fits have them. */
const priorityLevels = 8;
const defaultPriority = 4;

export class TrainerServables {
  private readonly servables: readonly Servable[];
  private known: TrainerAvailability | undefined;

  constructor(private readonly options: TrainerServablesOptions) {
    const { signatures, defaultTimeoutMs } = options;
    const scheduling = {
      maxBatchSize: 0,
      preferredBatchSizes: [],
      maxQueueDelayMs: 0,
      maxQueueSize: 0,
      defaultTimeoutMs,
      priorityLevels,
      defaultPriority,
    };
    this.servables = signatures.map((signature) => ({ signature, scheduling, lane: trainerLane }));
    this.refresh();
  }

  /** Brings the catalog up to date. It costs a comparison while nothing was installed or removed. */
  refresh(): void {
    const { availability } = this.options.engine;
    if (availability === this.known) return;
    this.known = availability;
    for (const servable of this.servables)
      this.options.catalog.set(servable, stateOf(servable.signature.name, availability));
  }
}

function stateOf(trainer: string, availability: TrainerAvailability): ServableState {
  if (availability.kind === "missing") return { kind: "unavailable", reason: availability.reason };
  if (availability.trainers.has(trainer)) return { kind: "ready" };
  return {
    kind: "unavailable",
    reason:
      `the library of ${trainer} is not installed beside the gateway: headgate trainer install --with ${installationOf(trainer)} ` +
      "and the sets that are there already, which headgate trainer status tells",
  };
}

/** What to name to the command, and the room that it takes. */
function installationOf(trainer: string): string {
  const schema = trainerSchemas.find(({ signature }) => signature.name === trainer);
  const extra = schema && extraOfLibrary(schema.library);
  if (extra === undefined) return "boosting,torch";
  const bytes = installedBytes([extra]) - installedBytes([]);
  return `${extra} (about ${megabytes(bytes)} more)`;
}
