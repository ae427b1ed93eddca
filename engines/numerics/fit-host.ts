/** The fits a worker runs, and the kernels under them. */
import {
  chooseKernels,
  createGpujsKernels,
  createPlainKernels,
  type Job,
  type Kernels,
  openAdapter,
} from "../kernels/index.js";
import type { Host, Run } from "../pool/host.js";
import type { Done, Tensors } from "../pool/messages.js";
import { type Parameters, servableKey } from "../servable.js";
import type { Fit } from "./fit.js";
import { applications, fits } from "./index.js";

export class FitHost implements Host {
  private readonly byKey: ReadonlyMap<string, Fit>;
  private readonly plain = createPlainKernels();
  private gpu: Promise<Kernels | undefined> | undefined;

  constructor(private readonly warn: (message: string) => void) {
    this.byKey = new Map([...fits, ...applications].map((fit) => [servableKey(fit.signature), fit]));
  }

  async run({ key, inputs, parameters }: Run, aborted: () => boolean): Promise<Done> {
    const fit = this.byKey.get(key);
    if (fit === undefined) throw new Error(`${key} is no fit`);
    const kernels = await this.kernels(inputs, parameters);
    const fallbacks = kernels.fallbacks.length;
    const started = performance.now();
    const outputs = await fit.run(inputs, parameters, { kernels, aborted });
    const computeMs = performance.now() - started;
    for (const { wanted, got, reason } of kernels.fallbacks.slice(fallbacks))
      this.warn(`${key}: ${wanted} was asked and ${got} ran: ${reason}`);
    const backend = kernels.name === "plain" ? "plain" : `${kernels.name}-${kernels.mode}`;
    return { outputs, computeMs, backend, precision: kernels.precision };
  }

  private async kernels(inputs: Tensors, parameters: Parameters): Promise<Kernels> {
    this.gpu ??= openGpu();
    const gpu = await this.gpu;
    if (gpu === undefined) return this.plain;
    return chooseKernels(jobOf(inputs, parameters), { gpu: true }).name === "gpujs" ? gpu : this.plain;
  }
}

/** Undefined when no GPU answers: a software renderer would be slower than the plain loops. */
async function openGpu(): Promise<Kernels | undefined> {
  const answer = await openAdapter(false);
  return answer.usable ? createGpujsKernels() : undefined;
}

function jobOf(inputs: Tensors, parameters: Parameters): Job {
  const asked = parameters["precision"];
  const [n = 1, p = 1] = inputs["X"]?.shape ?? [];
  return {
    precision: asked === "FP32" || asked === "FP64" ? asked : "auto",
    input: inputs["X"]?.datatype === "FP32" ? "FP32" : "FP64",
    work: n * p * p,
  };
}
