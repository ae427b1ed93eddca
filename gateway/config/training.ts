/** Settings for trainings: the processes in which they run, and the jobs that wait for them and are kept. */
import { availableParallelism } from "node:os";
import { z } from "zod";
import { memoryBytes } from "./memory-bytes.js";
import { bytes, count, day, gibibyte, mebibyte, milliseconds, minute } from "./values.js";

const processesDefault = Math.max(1, Math.floor(availableParallelism() / 4));

export const training = z
  .strictObject({
    environment: z.string().min(1).optional().meta({
      description: "The folder of the trainers' Python environment, which `headgate trainer install` makes.",
      fallback:
        "what the environment variable HEADGATE_TRAINER names, else `~/.local/share/headgate/trainer`",
    }),
    processes: count(processesDefault, 64).meta({
      description: "Trainings that run at one time, each in a process of its own.",
      fallback: "a quarter of the cores, at least 1",
    }),
    threads: count(Math.max(1, Math.floor(availableParallelism() / (2 * processesDefault))), 256).meta({
      description: "Threads that the libraries of one training may use.",
      fallback: "half of the cores divided by the default of `training.processes`",
    }),
    fold_workers: count(availableParallelism(), 256).meta({
      description:
        "Folds of one backtest that are fitted at one time. Those beyond `training.threads` run at a niceness that is higher by 5: they take cores that nothing else uses.",
      fallback: "the number of cores",
    }),
    nice: z
      .int()
      .min(0)
      .max(19)
      .default(10)
      .describe(
        "The niceness of the processes, and of those that prove a trained or uploaded model: with a higher one they leave the cores more readily to the gateway and to its models.",
      ),
    memory_bytes: z
      .int()
      .min(64 * mebibyte)
      .default(Math.floor(memoryBytes() / (2 * processesDefault)))
      .meta({
        description:
          "Bytes of resident memory that one training may take, with all processes that its library starts. It is looked at four times a second; beyond it the training fails.",
        fallback: "half of the machine's memory, or of the container's, divided by `training.processes`",
      }),
    time_ms: z
      .int()
      .min(1)
      .max(14 * day)
      .default(60 * minute)
      .describe("Milliseconds that one training may run, with the export of its model."),
    start_ms: milliseconds(minute).describe(
      "Milliseconds in which a process must be ready: the first start after an installation reads a gigabyte of libraries from the disk.",
    ),
    idle_ms: milliseconds(10 * minute).describe(
      "Milliseconds for which a process without work is kept for the next training of its namespace. It makes room earlier where another namespace needs it.",
    ),
    cancel_ms: milliseconds(2_000).describe(
      "Milliseconds that a cancelled training has to stop by itself; then its process is killed.",
    ),
    message_bytes: bytes(mebibyte, 512 * mebibyte).describe(
      "Bytes of one message of a process: an exported model with its golden answers, or a checkpoint.",
    ),
    queued: count(1_000, 100_000).describe("Jobs that may wait for a process, of all tenants together."),
    tenant_queued: count(100, 100_000).describe("Jobs of one tenant that may wait for a process."),
    tenant_running: z.int().min(1).max(64).optional().meta({
      description: "Jobs of one tenant that may run at one time.",
      fallback:
        "`training.processes`, and one fewer where several tenants may share the gateway: keys or certificates name several, or there is a keys file, or an issuer whose tokens may name any",
    }),
    input_bytes: bytes(mebibyte, gibibyte).describe(
      "Bytes of the inputs of all jobs that wait or run. Inputs by reference to a dataset do not count.",
    ),
    kept: count(1_000, 1_000_000).describe(
      "Jobs of a namespace that are kept. Of those that have ended, the oldest go.",
    ),
    age_ms: z
      .int()
      .min(1_000)
      .default(30 * day)
      .describe("Milliseconds for which a job is kept after its end."),
    restarts: count(3, 1_000).describe(
      "Restarts of the gateway that may interrupt a job in the background while it runs; after more of them it fails.",
    ),
    result_bytes: bytes(1_024, 16 * mebibyte).describe(
      "Bytes of the fitted attributes that are kept with a job.",
    ),
    schedules: count(1_000, 100_000).describe("Schedules of retrainings, of all tenants together."),
    tenant_schedules: count(100, 100_000).describe("Schedules of one tenant."),
    schedule_interval_ms: z
      .int()
      .min(100)
      .max(day)
      .default(10_000)
      .describe("Milliseconds from the start of a schedule's retraining to that of its next one, at least."),
    checkpoint_bytes: bytes(1_024, 64 * mebibyte).describe(
      "Bytes of a job's checkpoint; a larger one is not kept, and a restart begins with the start of the fit.",
    ),
    log_lines: count(1_000, 100_000).describe("Lines of a job's log that are kept; the oldest go."),
    curve_points: z
      .int()
      .min(2)
      .max(100_000)
      .multipleOf(2)
      .default(1_000)
      .describe("Points of a job's learning curve; with more, every second one goes."),
  })
  .prefault({});
