/** Workers that finish a run when the test says so, and answer each row with the row itself. */
import type { Engine, EngineWorker, ExecutionRequest, ExecutionResult } from "../../engines/engine.js";
import type { Lane } from "../../engines/lane.js";

export class ScriptedRun {
  aborted = false;
  private settle: { resolve: (done: ExecutionResult) => void; reject: (error: unknown) => void } | undefined;
  readonly done = new Promise<ExecutionResult>((resolve, reject) => {
    this.settle = { resolve, reject };
  });

  constructor(
    readonly work: ExecutionRequest,
    /** The time at which the run began, on the engine's clock. */
    readonly at: number,
    private readonly left: () => void,
  ) {}

  /** The first element of each row of X, in the batch's order. */
  get values(): number[] {
    const { shape, data } = this.work.inputs["X"] ?? { shape: [0], data: [] };
    const width = shape.slice(1).reduce((product, size) => product * size, 1);
    return Array.from({ length: shape[0] ?? 0 }, (_, row) => Number(data[row * width]));
  }

  finish(computeMs = 1, refused?: ExecutionResult["refused"]): void {
    const { inputs, outputs } = this.work;
    const { X } = inputs;
    const wanted = X !== undefined && (outputs?.includes("Y") ?? true);
    this.finishWith(wanted ? { Y: X } : {}, computeMs, refused);
  }

  finishWith(outputs: ExecutionResult["outputs"], computeMs = 1, refused?: ExecutionResult["refused"]): void {
    this.left();
    const done = { outputs, computeMs, backend: "scripted", precision: "FP32" };
    this.settle?.resolve({ ...done, ...(refused !== undefined && { refused }) });
  }

  fail(error: unknown): void {
    this.left();
    this.settle?.reject(error);
  }
}

export class ScriptedEngine implements Engine {
  /** All runs so far, oldest first. */
  readonly runs: ScriptedRun[] = [];
  /** The runs that are not finished. */
  readonly open = new Set<ScriptedRun>();
  /** Called when a worker has room for another run. */
  idle: () => void = () => {};
  /** Whether the worker accepts another run beside the current ones. */
  mayTake: () => boolean = () => true;
  /** Milliseconds until the worker accepts another run. */
  willTakeIn: () => number | undefined = () => undefined;

  /** @param room the number of runs that a worker executes side by side */
  constructor(
    private readonly room = 1,
    private readonly now: () => number = () => 0,
  ) {}

  beginTurn(): void {}

  idleWorker(_lane: Lane, _key: string): EngineWorker | undefined {
    if (this.open.size >= this.room || !this.mayTake()) return undefined;
    return {
      run: (work) => this.run(work),
      abort: (job) => {
        const run = this.runs[job - 1];
        if (run !== undefined) run.aborted = true;
      },
    };
  }

  msUntilRoom(_lane: Lane, _key: string): number | undefined {
    return this.willTakeIn();
  }

  /** Finishes all current runs. */
  finishAll(computeMs?: number): void {
    for (const run of [...this.open]) run.finish(computeMs);
  }

  private run(work: ExecutionRequest) {
    const run: ScriptedRun = new ScriptedRun(work, this.now(), () => {
      this.open.delete(run);
      this.idle();
    });
    this.runs.push(run);
    this.open.add(run);
    return { job: this.runs.length, done: run.done };
  }
}
