/** The fits a worker runs, and the kernels under them. */
import {
  type Calibration,
  calibrate,
  chooseKernels,
  createGpujsKernels,
  createOrtKernels,
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

/** The backends of this machine. */
interface Backends {
  readonly plain: Kernels;
  readonly ort: Readonly<Record<"FP32" | "FP64", Kernels>>;
  /** Undefined when no GPU answers: a software renderer would be slower than the CPU. */
  readonly gpujs: Kernels | undefined;
}

export class FitHost implements Host {
  private readonly byKey: ReadonlyMap<string, Fit>;

  private constructor(
    private readonly backends: Backends,
    readonly calibration: Calibration,
    private readonly warn: (message: string) => void,
  ) {
    this.byKey = new Map([...fits, ...applications].map((fit) => [servableKey(fit.signature), fit]));
  }

  /** @param known what was measured before; measured anew when it is of another machine */
  static async open(
    known: Calibration | null,
    machine: string,
    warn: (message: string) => void,
  ): Promise<FitHost> {
    const backends = await openBackends();
    const { plain, ort, gpujs } = backends;
    const described = `${machine}, ${gpujs === undefined ? "no GPU" : gpujs.mode}`;
    if (known?.machine === described) return new FitHost(backends, known, warn);
    const measured = [plain, ort.FP64, ...(gpujs === undefined ? [] : [gpujs])];
    return new FitHost(backends, await calibrate(measured, described, () => performance.now()), warn);
  }

  async run({ key, inputs, parameters }: Run, aborted: () => boolean): Promise<Done> {
    const fit = this.byKey.get(key);
    if (fit === undefined) throw new Error(`${key} is no fit`);
    const kernels = this.choose(jobOf(inputs, parameters));
    const fallbacks = kernels.fallbacks.length;
    const started = performance.now();
    const outputs = await fit.run(inputs, parameters, { kernels, aborted });
    const computeMs = performance.now() - started;
    for (const { wanted, got, reason } of kernels.fallbacks.slice(fallbacks))
      this.warn(`${key}: ${wanted} was asked and ${got} ran: ${reason}`);
    const backend = kernels.name === "gpujs" ? `gpujs-${kernels.mode}` : kernels.name;
    return { outputs, computeMs, backend, precision: kernels.precision };
  }

  private choose(job: Job): Kernels {
    const { name, precision } = chooseKernels(job, this.calibration.crossover);
    if (name === "gpujs" && this.backends.gpujs !== undefined) return this.backends.gpujs;
    return name === "plain" ? this.backends.plain : this.backends.ort[precision];
  }
}

async function openBackends(): Promise<Backends> {
  const answer = await openAdapter(false);
  return {
    plain: createPlainKernels(),
    ort: { FP32: createOrtKernels({ precision: "FP32" }), FP64: createOrtKernels({ precision: "FP64" }) },
    gpujs: answer.usable ? await createGpujsKernels() : undefined,
  };
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
