/** The settings in config.json of a model whose input is strings. */
import { z } from "zod";

/**
 * Limit on the characters of one text. It exceeds what any model's token limit can use, and bounds the time that one
 * text can take of a worker.
 */
export const textLengthMax = 65_536;

export const tokenizerSchema = z.strictObject({
  /** Limit on the tokens of a text, including the special ones; absent: the tokenizer's files decide. */
  max_length: z.int().min(4).max(65_536).optional(),
  /** Whether longer texts are cut in place of being refused; absent: the tokenizer's file decides. */
  truncation: z.boolean().optional(),
});

interface TextTensor {
  readonly name: string;
  readonly datatype: string;
  readonly dims: readonly number[];
}

interface TextShape {
  readonly tokenizer?: unknown;
  readonly max_batch_size: number;
  readonly input: readonly TextTensor[];
  readonly output: readonly TextTensor[];
}

/** Requires one string per row, and outputs whose shape does not depend on the other rows of a batch. */
export function requireTextShape(config: TextShape, context: z.RefinementCtx): void {
  if (config.tokenizer === undefined) return;
  const [text, ...more] = config.input;
  const refuse = (message: string, ...path: (string | number)[]) =>
    context.addIssue({ code: "custom", message, path });
  const single = text?.dims.length === 0 || text?.dims.join() === "1";
  if (more.length > 0 || text?.datatype !== "BYTES" || !single)
    refuse("a model with a tokenizer takes one input, BYTES with dims [] or [1]", "input");
  if (config.max_batch_size < 1) refuse("must be at least 1 for a model with a tokenizer", "max_batch_size");
  if (config.max_batch_size < 2) return;
  config.output.forEach(({ name, dims }, at) => {
    if (dims.includes(-1))
      refuse(
        `${name} has a size that depends on the text's length: pool it in the graph, or set max_batch_size to 1`,
        "output",
        at,
      );
  });
}
