/** Starts a gateway that serves every shipped model on the device, and loads all models at once. */
import { connect, type Gate } from "../../client/typescript/index.js";
import { startGateway } from "../harness/gateway.js";
import { median, quantile } from "../report.js";
import { type ModelSample, modelJobs, sampleFor } from "../suites/models-jobs.js";
import type { PartOptions, RunPart } from "./run-part.js";

/** Milliseconds in which the gateway must be ready: it opens every model and warms it up on the device. */
const readyMs = 60_000;
const gates = 4;
/** Requests in flight on each connection. */
const lanes = 8;
const loadSeconds = { full: 60, small: 4 };

interface ModelRequestFigures {
  readonly times: number[];
  readonly backends: Set<string>;
  readonly errors: Record<string, number>;
}

export const gatewayPart: RunPart = async (options, keep, say) => {
  const { small, provider, seconds } = options;
  const gateway = await startGateway({
    config: { engine: { execution_providers: [provider, "cpu"] } },
    startMs: readyMs,
  });
  const open = await Promise.all(
    Array.from({ length: gates }, () => connect(`ws://127.0.0.1:${gateway.port}/v1`)),
  );
  try {
    const asked = new Map(modelJobs.map(({ model }) => [model, newAsked()]));
    const loadMs = Math.min(small ? loadSeconds.small : loadSeconds.full, seconds) * 1_000;
    const started = performance.now();
    const keeping = setInterval(() => keep(partOf(asked, options, performance.now() - started)), 5_000);
    await load(open, asked, started + loadMs).finally(() => clearInterval(keeping));
    const part = partOf(asked, options, performance.now() - started);
    say(
      `  ${part.figures.answers} answers in ${part.figures.load_seconds} s, ${part.failures.length} failures`,
    );
    return part;
  } finally {
    await Promise.all(open.map((gate) => gate.close()));
    await gateway.stop();
  }
};

function newAsked(): ModelRequestFigures {
  return { times: [], backends: new Set(), errors: {} };
}

/** Each lane sends one request at a time, a single row, to one model after another until the time is over. */
async function load(
  open: readonly Gate[],
  asked: ReadonlyMap<string, ModelRequestFigures>,
  until: number,
): Promise<void> {
  const samples = modelJobs.map((job) => ({ job, sample: sampleFor(job) }));
  let turn = 0;
  const lane = async (gate: Gate) => {
    while (performance.now() < until) {
      const { job, sample } = samples[turn++ % samples.length] as (typeof samples)[number];
      await askOnce(
        gate,
        job.model,
        { [job.input]: sample.next(1) },
        asked.get(job.model) as ModelRequestFigures,
      );
    }
  };
  await Promise.all(open.flatMap((gate) => Array.from({ length: lanes }, () => lane(gate))));
}

type SampleInputs = Readonly<Record<string, ReturnType<ModelSample["next"]>>>;

async function askOnce(
  gate: Gate,
  model: string,
  inputs: SampleInputs,
  asked: ModelRequestFigures,
): Promise<void> {
  const started = performance.now();
  try {
    const { backend, source } = await gate.infer(model, inputs, { timeoutMs: 20_000 });
    if (source !== "gateway") throw new Error(`answered by ${source}`);
    asked.times.push(performance.now() - started);
    asked.backends.add(backend);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    asked.errors[reason] = (asked.errors[reason] ?? 0) + 1;
  }
}

function partOf(
  asked: ReadonlyMap<string, ModelRequestFigures>,
  { small, provider }: PartOptions,
  ms: number,
) {
  const models = [...asked].map(([model, { times, backends, errors }]) => ({
    model,
    answers: times.length,
    p50_ms: times.length === 0 ? null : median(times),
    p99_ms: times.length === 0 ? null : quantile(times, 0.99),
    backends: [...backends],
    errors: { ...errors },
  }));
  // The gateway does not accept a software renderer as a card: with only a software renderer it serves on the CPU and
  // reports that.
  const wanted = `onnxruntime-${small && provider === "webgpu" ? "cpu" : provider}`;
  const failures = models.flatMap(({ model, answers, backends, errors }) => [
    ...(answers === 0 ? [`${model}: nothing was answered`] : []),
    ...backends
      .filter((each) => each !== wanted)
      .map((each) => `${model}: answered by ${each}, not ${wanted}`),
    ...Object.entries(errors).map(([reason, count]) => `${model}: ${count} times ${reason}`),
  ]);
  const answers = models.reduce((sum, each) => sum + each.answers, 0);
  const load_seconds = Number((ms / 1_000).toFixed(1));
  const figures = { provider, wanted, answers, load_seconds, per_second: (answers * 1_000) / ms, models };
  return { figures, failures };
}
