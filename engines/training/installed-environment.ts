/**
 * The environment that is installed in a folder, looked at again from time to time: it may be installed, replaced or
 * removed while the gateway runs.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import {
  EnvironmentError,
  type EnvironmentManifest,
  interpreterOf,
  manifestFile,
  readManifest,
} from "./environment.js";
import type { TrainerAvailability } from "./trainer.js";
import type { TrainerEnvironment } from "./trainer-processes.js";
import { pythonProgram, type TrainerProgram } from "./trainer-program.js";

/** What a trainer needs. */
export interface TrainerRequirement {
  readonly name: string;
  /** The Python distribution that must be installed. */
  readonly library: string;
}

export interface EnvironmentOptions {
  readonly folder: string;
  /** The folder of the package `headgate_trainer`. */
  readonly source: string;
  /** All trainers; those whose library is not installed are left out. */
  readonly trainers: readonly TrainerRequirement[];
  readonly threads: number;
  /** Folds of one backtest that are fitted at one time. */
  readonly foldWorkers: number;
  /** The gateway's environment variables. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** Milliseconds for which the file is not looked at again. */
const lookMs = 1_000;

export class InstalledEnvironment implements TrainerEnvironment {
  private lookedAt = Number.NEGATIVE_INFINITY;
  /** Identifies what the manifest's file was when it was read. */
  private stamp: string | undefined;
  private found: FoundEnvironment = nothing;

  /** @param now milliseconds on a monotonic clock */
  constructor(
    private readonly options: EnvironmentOptions,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get availability(): TrainerAvailability {
    return this.current.availability;
  }

  get program(): TrainerProgram | undefined {
    return this.current.program;
  }

  private get current(): FoundEnvironment {
    const now = this.now();
    if (now - this.lookedAt < lookMs) return this.found;
    this.lookedAt = now;
    const stamp = stampOf(join(this.options.folder, manifestFile));
    if (stamp !== this.stamp) this.found = find(this.options);
    this.stamp = stamp;
    return this.found;
  }
}

interface FoundEnvironment {
  readonly availability: TrainerAvailability;
  readonly program: TrainerProgram | undefined;
}

function find(options: EnvironmentOptions): FoundEnvironment {
  try {
    const manifest = readManifest(options.folder);
    return manifest === undefined ? nothing : complete(options, manifest);
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    return missing("the trainer's environment cannot be used: headgate trainer status says why");
  }
}

function complete(options: EnvironmentOptions, manifest: EnvironmentManifest): FoundEnvironment {
  const { folder, source, threads, foldWorkers, variables, trainers } = options;
  const { libraries } = manifest;
  const installed = new Set(Object.keys(libraries).map(normalName));
  const usable = trainers.filter(({ library }) => installed.has(normalName(library)));
  return {
    // What a process tells later takes the place of this; whether there is CUDA only a process finds out.
    availability: {
      kind: "ready",
      libraries,
      trainers: new Set(usable.map(({ name }) => name)),
      cuda: false,
    },
    program: pythonProgram({
      python: interpreterOf(folder, manifest),
      source,
      threads,
      foldWorkers,
      variables,
    }),
  };
}

/** Names of distributions that mean the same, as `Scikit_Learn`, become equal (Python's PEP 503). */
function normalName(distribution: string): string {
  return distribution.toLowerCase().replace(/[-_.]+/g, "-");
}

/** Clients read the reason, so it holds no path. */
function missing(reason: string): FoundEnvironment {
  return { availability: { kind: "missing", reason }, program: undefined };
}

const nothing = missing("no trainer is installed: on the gateway's machine, type headgate trainer install");

/** A file that was written again has another time or number. */
function stampOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found && `${found.ino} ${found.size} ${found.mtimeMs}`;
}
