/** Trainer's processes without Python, for tests: they are real processes, and do what their behaviour says. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { systemMemory } from "../../../engines/training/group-memory.js";
import type { TrainingListener, TrainingProgress } from "../../../engines/training/trainer.js";
import type { EndOfProcess } from "../../../engines/training/trainer-process.js";
import {
  type ProcessLabel,
  type TrainerEnvironment,
  TrainerProcesses,
  type TrainingLimits,
  type TrainingSetup,
} from "../../../engines/training/trainer-processes.js";
import type { TrainerProgram } from "../../../engines/training/trainer-program.js";
import { onnxFile } from "../onnx.js";
import { until } from "../until.js";

const program = fileURLToPath(new URL("process.mjs", import.meta.url));

/** What a process does at one moment; with all of them absent nothing. */
export interface FakeMisdeed {
  readonly exit?: number;
  readonly signal?: NodeJS.Signals;
  readonly garbage?: "length" | "bytes" | "message" | "other job" | "half";
  /** Starts a process of its own that outlives it. */
  readonly fork?: boolean;
  /** Bytes that it takes and fills. */
  readonly allocate?: number;
  /** Lines that it writes to its standard output. */
  readonly lines?: number;
  /** It neither reads nor writes any more, as in a long call of a library that holds Python's lock. */
  readonly deaf?: boolean;
}

/** What a training does. */
export interface FakeTraining extends FakeMisdeed {
  readonly steps?: number;
  readonly step_ms?: number;
  /** The step before which it misbehaves. Default 1. */
  readonly at?: number;
  readonly ignore_cancel?: boolean;
  readonly fail?: { readonly code: string; readonly message: string };
  readonly converting?: FakeMisdeed;
  readonly convert_ms?: number;
  /** What it tells with each step beside its loss. */
  readonly figures?: Readonly<Record<string, number>>;
  /** How far the predictions of a walk-forward are from y. */
  readonly off?: number;
  /** Whether X is one of the outputs. */
  readonly echo?: boolean;
}

export interface FakeBehaviour extends FakeTraining {
  readonly start?: FakeMisdeed;
  readonly start_ms?: number;
  /** It never says that it is ready. */
  readonly silent?: boolean;
  readonly ignores_end?: boolean;
  /** It ends when a training is cancelled, as one does whose library does not return. */
  readonly exit_on_cancel?: boolean;
  readonly trainers?: readonly string[];
  /** The exported graph in base64. Default: one whose `predictions` are its input. */
  readonly onnx?: string;
}

/** A graph of FP64 whose `predictions` are its input. */
function identity(): Uint8Array {
  const value = (name: string) => ({ name, type: 11, shape: ["batch", "columns"] });
  return onnxFile({
    inputs: [value("X")],
    outputs: [value("predictions")],
    nodes: [{ op: "Identity", inputs: ["X"], outputs: ["predictions"] }],
  });
}

export function fakeProgram(behaviour: FakeBehaviour = {}): TrainerProgram {
  const onnx = Buffer.from(identity()).toString("base64");
  return {
    command: process.execPath,
    args: [program],
    folder: fileURLToPath(new URL(".", import.meta.url)),
    variables: { PATH: process.env["PATH"] ?? "", FAKE_TRAINER: JSON.stringify({ onnx, ...behaviour }) },
  };
}

export function fakeEnvironment(behaviour: FakeBehaviour = {}): TrainerEnvironment {
  const trainers = new Set(behaviour.trainers ?? ["ridge"]);
  return {
    availability: { kind: "ready", libraries: { python: "3.0" }, trainers, cuda: false },
    program: fakeProgram(behaviour),
  };
}

export const fakeLimits: TrainingLimits = {
  processes: 2,
  memoryBytes: 4 * 1024 ** 3,
  messageBytesMax: 64 * 1024 ** 2,
  nice: 0,
  startMs: 20_000,
  timeMs: 60_000,
  idleMs: 60_000,
  cancelMs: 300,
};

export interface FakeTrainers {
  readonly engine: TrainerProcesses;
  /** The processes that were ready, in order. */
  readonly started: ProcessLabel[];
  readonly ended: (EndOfProcess & { readonly namespace: string })[];
  /** Ends everything, and answers with the ids of processes that are left. */
  close(): Promise<number[]>;
}

export function fakeTrainers(
  behaviour: FakeBehaviour | TrainerEnvironment = {},
  limits: Partial<TrainingLimits> = {},
  memory: TrainingSetup["memory"] = systemMemory(),
): FakeTrainers {
  const started: ProcessLabel[] = [];
  const ended: (EndOfProcess & { namespace: string })[] = [];
  const environment = "availability" in behaviour ? behaviour : fakeEnvironment(behaviour);
  const groups = new Set<number>();
  const keep = (pid: number | undefined) => {
    if (pid !== undefined) groups.add(pid);
  };
  const engine: TrainerProcesses = new TrainerProcesses({
    limits: { ...fakeLimits, ...limits },
    environment,
    memory,
    events: {
      started: ({ namespace, pid }) => {
        keep(pid);
        started.push({ namespace, pid });
      },
      ended: ({ namespace, pid }, how) => {
        keep(pid);
        ended.push({ ...how, namespace });
      },
    },
  });
  const close = async () => {
    await engine.close();
    const left = () => [...groups].flatMap(membersOf);
    // A killed process is still there for the moment in which the system takes it apart.
    const gone = async () => {
      if (left().length > 0) throw new Error("processes are left");
    };
    await until(gone, 5_000).catch(() => undefined);
    return left();
  };
  return { engine, started, ended, close };
}

/** The processes of a group that have not ended. */
export function membersOf(leader: number): number[] {
  return processes()
    .filter(({ group, state }) => group === leader && !state.startsWith("Z"))
    .map(({ pid }) => pid);
}

interface SystemProcess {
  readonly pid: number;
  readonly group: number;
  readonly state: string;
}

function processes(): SystemProcess[] {
  if (process.platform !== "linux")
    return execFileSync("ps", ["-A", "-o", "pid=,pgid=,stat="], { encoding: "utf8" })
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .map(([pid, group, state = ""]) => ({ pid: Number(pid), group: Number(group), state }));
  return readdirSync("/proc").flatMap((entry) => {
    try {
      const stat = readFileSync(`/proc/${Number(entry)}/stat`, "utf8");
      const [state = "", , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return [{ pid: Number(entry), group: Number(group), state }];
    } catch {
      return [];
    }
  });
}

export interface RecordingListener extends TrainingListener {
  readonly seen: TrainingProgress[];
  readonly lines: string[];
  readonly states: string[];
}

/** Keeps what it is told. */
export function recordingListener(): RecordingListener {
  const [seen, lines, states]: [TrainingProgress[], string[], string[]] = [[], [], []];
  return {
    seen,
    lines,
    states,
    progress: (progress) => seen.push(progress),
    log: (line) => lines.push(line),
    checkpoint: (state) => states.push(Buffer.from(state).toString()),
  };
}
