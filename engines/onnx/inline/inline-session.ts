/**
 * An ONNX Runtime session on the thread of the sockets, on one core. It is opened with the options of the workers'
 * sessions, so that its answers have the same bits.
 */
import { InferenceSession, type OnnxValue } from "onnxruntime-node";
import type { ExecutionResult, Tensors } from "../../engine.js";
import type { InlineSession } from "../../pool/inline-engine.js";
import type { ModelSource } from "../model-source.js";
import { fromOrt, toOrt } from "../ort-tensors.js";
import { precisionOf, sessionOptions } from "../session.js";
import { type NativeBinding, nativeBinding } from "./native-binding.js";

type OpenModel = Pick<ModelSource, "modelPath" | "signature">;

/** The provider of every inline session: what computes on a card waits for the card. */
const provider = "cpu";

/** @param binding the native part of ONNX Runtime; undefined: its public interface is used */
export async function openInline(
  source: OpenModel,
  binding: NativeBinding | undefined = nativeBinding(),
): Promise<InlineSession> {
  const options = sessionOptions(provider, 1);
  if (binding === undefined) {
    const session = await InferenceSession.create(source.modelPath, options);
    return new PublicSession(session, new InlineModel(source));
  }
  const session = new binding.InferenceSession();
  session.loadModel(source.modelPath, options);
  const model = new InlineModel(source);
  return {
    run(inputs, outputs) {
      const started = performance.now();
      const fetches = outputs === null ? model.allOutputs : fetchesOf(outputs);
      const fetched = session.run(model.feeds(inputs), fetches, noOptions);
      return model.result(fetched, Object.keys(fetches), performance.now() - started);
    },
    close: () => session.dispose(),
  };
}

/** Loads ONNX Runtime's native part, which the first session would do otherwise. */
export function prepare(): void {
  nativeBinding();
}

const noOptions: InferenceSession.RunOptions = {};

/** Computes by the public interface, which begins in the next turn of the event loop. */
class PublicSession implements InlineSession {
  private closing = false;
  private running = 0;

  constructor(
    private readonly session: InferenceSession,
    private readonly model: InlineModel,
  ) {}

  async run(inputs: Tensors, outputs: readonly string[] | null): Promise<ExecutionResult> {
    const names = outputs ?? Object.keys(this.model.allOutputs);
    let started = 0;
    // It is called right before the run, which the package begins in a callback of the same kind.
    setImmediate(() => {
      started = performance.now();
    });
    this.running++;
    try {
      const fetched = await this.session.run(this.model.feeds(inputs), [...names]);
      return this.model.result(fetched, names, performance.now() - started);
    } finally {
      this.running--;
      if (this.closing) this.close();
    }
  }

  /** A session is not released while it computes. */
  close(): void {
    this.closing = true;
    if (this.running === 0) void this.session.release();
  }
}

/** What a run needs of the model, made once. */
class InlineModel {
  /** All outputs, as the native part is asked for them. */
  readonly allOutputs: Readonly<Record<string, null>>;
  private readonly precision: string;

  constructor(private readonly source: OpenModel) {
    this.allOutputs = fetchesOf(source.signature.outputs.map(({ name }) => name));
    this.precision = precisionOf(source);
  }

  feeds(inputs: Tensors): Record<string, ReturnType<typeof toOrt>> {
    const feeds: Record<string, ReturnType<typeof toOrt>> = {};
    for (const name in inputs) feeds[name] = toOrt(inputs[name] as Tensors[string]);
    return feeds;
  }

  result(
    fetched: Readonly<Record<string, OnnxValue>>,
    names: readonly string[],
    computeMs: number,
  ): ExecutionResult {
    const outputs: Record<string, Tensors[string]> = {};
    for (const name of names) outputs[name] = fromOrt(name, this.source.signature.outputs, fetched[name]);
    return { outputs, computeMs, backend: `onnxruntime-${provider}`, precision: this.precision };
  }
}

function fetchesOf(names: readonly string[]): Record<string, null> {
  return Object.fromEntries(names.map((name) => [name, null]));
}
