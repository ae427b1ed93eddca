/**
 * One ONNX Runtime session. It lives in a worker thread, because creating and running a session both block their
 * thread.
 */
import { InferenceSession, type Tensor as OrtTensor } from "onnxruntime-node";
import type { Tensor } from "../../protocol/tensor.js";
import type { ExecutionResult, Tensors } from "../engine.js";
import type { TensorSpec } from "../servable.js";
import { batchDim } from "../validate.js";
import type { ModelSource } from "./model-source.js";
import { openingFailure } from "./opening-failure.js";
import { fromOrt, ortTypes, toOrt } from "./ort-tensors.js";
import type { ProviderName } from "./provider-names.js";

/** An open version in a worker. */
export interface ModelSession {
  readonly backend: string;
  /** Sentences for the clients of the model beside its signature. */
  readonly notes: readonly string[];
  /** @param outputs the outputs to compute; null: all of them */
  run(inputs: Tensors, outputs: readonly string[] | null): Promise<ExecutionResult>;
  close(): Promise<void>;
}

export class OnnxSession implements ModelSession {
  private constructor(
    private readonly session: InferenceSession,
    private readonly source: ModelSource,
    readonly precision: string,
    /** The backend's name, for example `onnxruntime-cpu`. */
    readonly backend: string,
  ) {}

  /** @throws when the file is not a model, or the graph and the config disagree */
  static async open(
    source: ModelSource,
    intraOpThreads: number,
    provider: ProviderName,
  ): Promise<OnnxSession> {
    const options = sessionOptions(provider, intraOpThreads);
    const session = await InferenceSession.create(source.modelPath, options).catch(async (cause: unknown) => {
      throw new Error(await openingFailure(source.modelPath, cause));
    });
    try {
      requireAgreement(source, session);
    } catch (error) {
      await session.release();
      throw error;
    }
    return new OnnxSession(session, source, precisionOf(source), `onnxruntime-${provider}`);
  }

  readonly notes: readonly string[] = [];

  /** The graph's inputs with ONNX Runtime's names of their types. */
  get inputs(): readonly { readonly name: string; readonly type: string }[] {
    return this.session.inputMetadata.map((each) => ({
      name: each.name,
      type: each.isTensor ? each.type : "no tensor",
    }));
  }

  async run(inputs: Tensors, outputs: readonly string[] | null): Promise<ExecutionResult> {
    const feeds: Record<string, OrtTensor> = {};
    for (const name in inputs) feeds[name] = toOrt(inputs[name] as Tensor);
    const wanted = outputs ?? this.source.signature.outputs.map((output) => output.name);
    const started = performance.now();
    const fetched = await this.session.run(feeds, wanted);
    const computeMs = performance.now() - started;
    const answered = Object.fromEntries(
      wanted.map((name) => [name, fromOrt(name, this.source.signature.outputs, fetched[name])]),
    );
    return { outputs: answered, computeMs, backend: this.backend, precision: this.precision };
  }

  async close(): Promise<void> {
    await this.session.release();
  }
}

/** The options of every session: with equal ones the same file gives the same bits. */
export function sessionOptions(
  provider: ProviderName,
  intraOpThreads: number,
): InferenceSession.SessionOptions {
  return {
    executionProviders: [provider],
    intraOpNumThreads: intraOpThreads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  };
}

/** What an answer says of the numbers that it was computed with: the type of the first input of floating point. */
export function precisionOf({ signature }: Pick<ModelSource, "signature">): string {
  const float = signature.inputs.find((input) => input.datatypes[0]?.startsWith("FP"));
  return float?.datatypes[0] ?? "FP32";
}

function requireAgreement(source: ModelSource, session: InferenceSession): void {
  const { signature, modelPath, tokenizer } = source;
  const text = tokenizer !== undefined; // the tokenizer produces the graph's inputs
  if (!text) compare(`${modelPath}: input`, signature.inputs, session.inputMetadata);
  compare(`${modelPath}: output`, signature.outputs, session.outputMetadata);
  if (text) return;
  requireRowsAlone(`${modelPath}: input`, signature.inputs, session.inputMetadata);
  const given = new Set(signature.inputs.map((input) => input.name));
  const missing = session.inputNames.find((name) => !given.has(name));
  if (missing !== undefined)
    throw new Error(`${modelPath}: input ${missing} is in the graph and not in config.json`);
}

type TensorMetadataList = InferenceSession["inputMetadata"];

/**
 * Requires that no other dimension has the name of the batch dimension: a batch of another size would have to change
 * it as well.
 */
function requireRowsAlone(where: string, specs: readonly TensorSpec[], metadata: TensorMetadataList): void {
  if (!specs.some(({ shape }) => shape[0] === batchDim)) return;
  const shapes = metadata.map((each) => ({ name: each.name, shape: each.isTensor ? each.shape : [] }));
  const rows = new Set(shapes.map(({ shape: [first] }) => first).filter((size) => typeof size === "string"));
  for (const { name, shape } of shapes)
    for (const [axis, size] of shape.entries())
      if (axis > 0 && typeof size === "string" && size !== "" && rows.has(size))
        throw new Error(
          `${where} ${name} has the number of rows, ${size}, as the size of its axis ${axis}, so requests cannot share a batch: set max_batch_size to 0, and dims to the whole shape`,
        );
}

function compare(where: string, specs: readonly TensorSpec[], metadata: TensorMetadataList): void {
  for (const spec of specs) {
    const found = metadata.find((each) => each.name === spec.name);
    if (found === undefined)
      throw new Error(
        `${where} ${spec.name} is not in the graph; it has ${metadata.map((each) => each.name).join(", ")}`,
      );
    const datatype = spec.datatypes[0];
    if (!found.isTensor || datatype === undefined) throw new Error(`${where} ${spec.name} is no tensor`);
    if (found.type !== ortTypes[datatype])
      throw new Error(`${where} ${spec.name} is ${found.type}, config.json says ${datatype}`);
    const agrees =
      found.shape.length === spec.shape.length &&
      spec.shape.every(
        (dim, axis) =>
          typeof dim === "string" || typeof found.shape[axis] === "string" || dim === found.shape[axis],
      );
    const [rows] = found.shape;
    if (spec.shape[0] === batchDim && typeof rows === "number" && rows >= 0)
      throw new Error(
        `${where} ${spec.name} takes ${rows} rows and no other: leave its first dimension open, or set max_batch_size to 0`,
      );
    if (!agrees && found.shape.length > 0)
      throw new Error(`${where} ${spec.name} has shape [${found.shape}], config.json says [${spec.shape}]`);
  }
}
