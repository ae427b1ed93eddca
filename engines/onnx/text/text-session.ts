/**
 * A session of a transformer whose input is strings: it tokenizes a batch, runs rows of similar length together, each
 * group padded to its longest row and masked, and returns the answers in the batch's order.
 */
import { dirname } from "node:path";
import type { Tensor, WireTensor } from "../../../protocol/tensor.js";
import { gather, scatter } from "../../batch.js";
import type { ExecutionResult, RefusedRow, Tensors } from "../../engine.js";
import type { ModelSource } from "../model-source.js";
import type { ProviderName } from "../provider-names.js";
import { type ModelSession, OnnxSession } from "../session.js";
import { groupByLength, padded } from "./length-groups.js";
import { Tokenizer, type Tokens } from "./tokenizer.js";

/** The inputs that a tokenizer can produce, by Hugging Face's names. */
const feedNames = ["input_ids", "attention_mask", "token_type_ids"] as const;
type FeedName = (typeof feedNames)[number];

type TextRow = Readonly<Record<string, WireTensor>>;

export class TextSession implements ModelSession {
  /** Whether each text is run by itself, because its answer is not proven to be independent of the other texts. */
  apart = false;

  private constructor(
    private readonly graph: OnnxSession,
    private readonly tokenizer: Tokenizer,
    private readonly input: string,
    private readonly feeds: ReadonlyMap<FeedName, "INT32" | "INT64">,
  ) {}

  /** @throws when the tokenizer cannot be read, or the graph has an input that no tokenizer produces */
  static async open(
    source: ModelSource,
    intraOpThreads: number,
    provider: ProviderName,
  ): Promise<TextSession> {
    const tokenizer = await Tokenizer.open(dirname(source.modelPath), source.tokenizer ?? {});
    const graph = await OnnxSession.open(source, intraOpThreads, provider);
    try {
      const feeds = feedsOf(graph, source);
      const [input] = source.signature.inputs;
      return new TextSession(graph, tokenizer, input?.name ?? "text", feeds);
    } catch (error) {
      await graph.close();
      throw error;
    }
  }

  /** The names of the graph's inputs. */
  get feedNames(): readonly string[] {
    return [...this.feeds.keys()];
  }

  get notes(): readonly string[] {
    return [this.tokenizer.note];
  }

  get backend(): string {
    return this.graph.backend;
  }

  async run(inputs: Tensors, outputs: readonly string[] | null): Promise<ExecutionResult> {
    const started = performance.now();
    const texts = inputs[this.input]?.data as readonly string[];
    const refused: RefusedRow[] = [];
    const tokens = texts.map((text, row) => {
      const encoded = this.tokenizer.encode(text);
      if (!("refused" in encoded)) return encoded;
      refused.push({ row, reason: `${this.input} has ${encoded.refused}` });
      return undefined;
    });
    const answered = await this.answers(tokens, outputs);
    return {
      outputs: gather(answered),
      computeMs: performance.now() - started,
      backend: this.graph.backend,
      precision: this.graph.precision,
      ...(refused.length > 0 && { refused }),
    };
  }

  close(): Promise<void> {
    return this.graph.close();
  }

  /** Each row's outputs: zeros for a refused row, or no outputs at all when every row was refused. */
  private async answers(
    tokens: readonly (Tokens | undefined)[],
    outputs: readonly string[] | null,
  ): Promise<TextRow[]> {
    const taken = [...tokens.keys()].filter((row) => tokens[row] !== undefined);
    const rows = new Map<number, TextRow>();
    const lengths = taken.map((row) => tokens[row]?.ids.length ?? 0);
    for (const group of this.apart ? lengths.map((_, at) => [at]) : groupByLength(lengths)) {
      const numbers = group.map((at) => taken[at] as number);
      const done = await this.graph.run(this.feedsOf(numbers.map((row) => tokens[row] as Tokens)), outputs);
      scatter(done.outputs, new Array<number>(numbers.length).fill(1)).forEach((answer, at) => {
        rows.set(numbers[at] as number, answer);
      });
    }
    const [any] = rows.values();
    return any === undefined ? [] : tokens.map((_, row) => rows.get(row) ?? blank(any));
  }

  private feedsOf(rows: readonly Tokens[]): Tensors {
    const columns: Record<FeedName, { width: number; data: number[] }> = {
      input_ids: padded(
        rows.map(({ ids }) => ids),
        this.tokenizer.padId,
      ),
      attention_mask: padded(
        rows.map(({ ids }) => ids.map(() => 1)),
        0,
      ),
      token_type_ids: padded(
        rows.map(({ typeIds }) => typeIds),
        0,
      ),
    };
    const feeds: Record<string, Tensor> = {};
    for (const [name, datatype] of this.feeds) {
      const { width, data } = columns[name];
      const values = datatype === "INT64" ? BigInt64Array.from(data, BigInt) : Int32Array.from(data);
      feeds[name] = { datatype, shape: [rows.length, width], data: values };
    }
    return feeds;
  }
}

function feedsOf({ inputs }: OnnxSession, { modelPath, tokenizer }: ModelSource) {
  const feeds = new Map<FeedName, "INT32" | "INT64">();
  for (const { name, type } of inputs) {
    const known = feedNames.find((each) => each === name);
    if (known === undefined)
      throw new Error(
        `${modelPath}: input ${name} is none that a tokenizer feeds; they are ${feedNames.join(", ")}`,
      );
    if (type !== "int64" && type !== "int32")
      throw new Error(`${modelPath}: input ${name} is ${type}, token ids are int64 or int32`);
    feeds.set(known, type === "int64" ? "INT64" : "INT32");
  }
  if (!feeds.has("input_ids")) throw new Error(`${modelPath}: the graph has no input input_ids`);
  if (!feeds.has("attention_mask") && tokenizer?.maxBatchSize !== 1)
    throw new Error(
      `${modelPath}: the graph has no input attention_mask, so padding would change answers: export it with one, or set max_batch_size to 1`,
    );
  return feeds;
}

function blank(like: TextRow): TextRow {
  return Object.fromEntries(
    Object.entries(like).map(([name, { datatype, shape, data }]) => [
      name,
      {
        datatype,
        shape,
        data: data instanceof Uint8Array ? new Uint8Array(data.length) : data.map(() => ""),
      },
    ]),
  );
}
