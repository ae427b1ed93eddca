/** What config.json says of a model that is asked strings. */
import { z } from "zod";

/** Characters of one text: more than any model takes tokens, and a worker must not be kept busy by one. */
export const textLengthMax = 65_536;

export const tokenizerSchema = z.strictObject({
  /** Tokens a text may have, the special ones included; absent: as the tokenizer's files say. */
  max_length: z.int().min(4).max(65_536).optional(),
  /** Cut what is longer, in place of refusing it; absent: as the tokenizer's file says. */
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

/** A row is one string, and its answer has the same shape whoever shared its batch. */
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
