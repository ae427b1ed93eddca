/** Measures every shipped model on the device and, in the same run, on the CPU of the same machine. */
import type { ProviderName } from "../../engines/onnx/provider-names.js";
import { modelJobs } from "../suites/models-jobs.js";
import { CheckProcess, type ProcessAnswer } from "./check-process.js";
import type { ModelFigures } from "./questions.js";
import type { PartOptions, RunPart } from "./run-part.js";

interface ModelOutcome {
  readonly model: string;
  readonly provider: ProviderName;
  /** The figures on the device; null when the model failed there, with the reason in the field beside. */
  readonly device: ModelFigures | null;
  readonly cpu: ModelFigures | null;
  readonly why: string | null;
}

const sizes = {
  full: { batches: [64, 1_024], rounds: { most: 200, ms: 250 }, limitMs: 25_000 },
  small: { batches: [4, 16], rounds: { most: 3, ms: 50 }, limitMs: 60_000 },
};

export const modelsPart: RunPart = async (options, keep, say) => {
  const until = performance.now() + options.seconds * 1_000;
  const [device, cpu] = [new CheckProcess(), new CheckProcess()];
  const models: ModelOutcome[] = [];
  const { small, provider } = options;
  const adapter =
    provider === "webgpu" ? await device.ask({ kind: "adapter", software: small }, 12_000) : undefined;
  // The adapter is looked up, and the process that loaded Dawn for it ended, before the models load their own copy of
  // Dawn.
  device.stop();
  if (adapter !== undefined && !adapter.ok) {
    return { figures: { provider, models }, failures: [`no adapter for webgpu: ${adapter.why}`] };
  }
  for (const { model } of modelJobs) {
    const late = performance.now() >= until;
    const outcome = late
      ? { model, provider, device: null, cpu: null, why: `not begun: ${options.seconds} s were over` }
      : await measured(model, { device, cpu }, options);
    models.push(outcome);
    keep(partOf(provider, models));
    say(`  ${sentence(outcome)}`);
  }
  for (const side of [device, cpu]) side.stop();
  return partOf(provider, models);
};

async function measured(
  model: string,
  { device, cpu }: { readonly device: CheckProcess; readonly cpu: CheckProcess },
  { small, provider }: PartOptions,
): Promise<ModelOutcome> {
  const { batches, rounds, limitMs } = small ? sizes.small : sizes.full;
  const ask = (side: CheckProcess, on: ProviderName): Promise<ProcessAnswer<ModelFigures>> =>
    side.ask({ kind: "model", model, provider: on, batches, rounds }, limitMs);
  const ours = await ask(device, provider);
  const theirs = await ask(cpu, "cpu");
  const why = [ours, theirs].flatMap((told) => (told.ok ? [] : [told.why]));
  return {
    model,
    provider,
    device: ours.ok ? ours.answer : null,
    cpu: theirs.ok ? theirs.answer : null,
    why: why.length === 0 ? null : why.join("; on the CPU: "),
  };
}

function partOf(provider: ProviderName, models: readonly ModelOutcome[]) {
  const failures = models.filter(({ why }) => why !== null).map(({ model, why }) => `${model}: ${why}`);
  return { figures: { provider, models: [...models] }, failures };
}

function sentence({ model, provider, device, cpu, why }: ModelOutcome): string {
  const [ours, theirs] = [device, cpu].map(told);
  return `${model}: ${provider} ${ours}; cpu ${theirs}${why === null ? "" : `; ${why}`}`;
}

function told(figures: ModelFigures | null): string {
  if (figures === null) return "nothing";
  const rates = Object.entries(figures.rows_per_second).map(
    ([rows, rate]) => `${rate.toFixed(0)} rows/s by ${rows}`,
  );
  return `p50 ${figures.p50_ms.toFixed(3)} ms, ${rates.join(", ")}, off by ${figures.worst.toExponential(1)}`;
}
