/** The host that runs fits in a worker, and chooses the kernels for each. */

import type { ExecutionRequest, ExecutionResult, Tensors } from "../engine.js";
import {
  type Calibration,
  calibrate,
  chooseKernels,
  createGpujsKernels,
  createOrtKernels,
  createPlainKernels,
  defaultCalibration,
  type KernelRequirements,
  type Kernels,
  openAdapter,
  precisionOf,
} from "../kernels/index.js";
import type { Host, OpenHost } from "../pool/host.js";
import { type Parameters, servableKey } from "../servable.js";
import { type Fit, watchedContext } from "./fit.js";
import { allFits } from "./index.js";
import { refuseOverflow } from "./overflow.js";

export interface FitHostOptions {
  /**
   * The calibration that `calibrate` measured on this machine. Default: costs that were measured on another machine.
   */
  readonly calibration?: Calibration;
  /** Threads inside one matrix product. Default: as many as the machine has. */
  readonly threads?: number;
}

/** The settings that each worker of fits receives at its start. */
export interface FitSettings {
  /** The calibration that was measured earlier on this machine; null: the first worker measures it and reports it. */
  readonly calibration: Calibration | null;
}

export const openHost: OpenHost<FitSettings> = async ({ calibration }, { fellBack, learned }) => {
  const host = new FitHost(fellBack, calibration === null ? {} : { calibration });
  if (calibration === null) learned({ calibration: await host.calibrate() });
  return host;
};

export class FitHost implements Host {
  private readonly byKey: ReadonlyMap<string, Fit>;
  private calibration: Calibration;
  private readonly plain = createPlainKernels();
  private readonly ort: Readonly<Record<Kernels["precision"], Kernels>>;
  private gpu: Promise<Kernels | undefined> | undefined;

  constructor(
    private readonly warn: (message: string) => void,
    { calibration = defaultCalibration, threads }: FitHostOptions = {},
  ) {
    this.byKey = new Map(allFits.map((fit) => [servableKey(fit.signature), fit]));
    this.calibration = calibration;
    const ort = (precision: Kernels["precision"]) =>
      createOrtKernels({ precision, ...(threads !== undefined && { threads }) });
    this.ort = { FP64: ort("FP64"), FP32: ort("FP32") };
  }

  async run({ key, inputs, parameters }: ExecutionRequest, aborted: () => boolean): Promise<ExecutionResult> {
    const fit = this.byKey.get(key);
    if (fit === undefined) throw new Error(`${key} is no fit`);
    const kernels = await this.kernels(jobOf(inputs, parameters));
    const fallbacks = kernels.fallbacks.length;
    const started = performance.now();
    // Factorisations stay in float64 on the CPU, whichever backend computes the products.
    const factors = kernels.name === "plain" ? {} : { factors: this.ort.FP64 };
    const outputs = await fit.run(inputs, parameters, watchedContext({ kernels, aborted, ...factors }));
    refuseOverflow(inputs, outputs);
    const computeMs = performance.now() - started;
    for (const { wanted, got, reason } of kernels.fallbacks.slice(fallbacks))
      this.warn(`${key}: ${wanted} was asked and ${got} ran: ${reason}`);
    const backend = kernels.name === "gpujs" ? `${kernels.name}-${kernels.mode}` : kernels.name;
    return { outputs, computeMs, backend, precision: kernels.precision };
  }

  /**
   * Measures every backend that runs here and uses the new calibration from then on. It takes about a second, and
   * blocks this thread meanwhile.
   */
  async calibrate(clock: () => number = () => performance.now()): Promise<Calibration> {
    const gpu = await this.openedGpu();
    this.calibration = await calibrate(
      [this.plain, this.ort.FP64, this.ort.FP32, ...(gpu ? [gpu] : [])],
      clock,
    );
    return this.calibration;
  }

  private async kernels(job: KernelRequirements): Promise<Kernels> {
    const gpu = precisionOf(job) === "FP32" ? await this.openedGpu() : undefined;
    const available = gpu === undefined ? (["plain", "ort"] as const) : (["plain", "ort", "gpujs"] as const);
    const { name, precision } = chooseKernels(job, this.calibration, available);
    if (name === "gpujs" && gpu !== undefined) return gpu;
    return name === "ort" ? this.ort[precision] : this.plain;
  }

  /** Opens the GPU at the first job that may use one, and not before. */
  private openedGpu(): Promise<Kernels | undefined> {
    this.gpu ??= openGpu();
    return this.gpu;
  }
}

/** The GPU's kernels; undefined when there is no usable GPU: a software renderer would be slower than the CPU. */
async function openGpu(): Promise<Kernels | undefined> {
  const answer = await openAdapter(false);
  return answer.usable ? createGpujsKernels() : undefined;
}

function jobOf(inputs: Tensors, parameters: Parameters): KernelRequirements {
  const asked = parameters["precision"];
  const [n = 1, p = 1] = inputs["X"]?.shape ?? [];
  return {
    precision: asked === "FP32" || asked === "FP64" ? asked : "auto",
    input: inputs["X"]?.datatype === "FP32" ? "FP32" : "FP64",
    work: n * p * p,
  };
}
