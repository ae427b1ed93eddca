/**
 * Reads a `tokenizer.json` as Hugging Face's libraries write it, and the optional `tokenizer_config.json` and
 * `sentence_bert_config.json` of sentence-transformers beside it. It runs in a worker, because a long text takes
 * milliseconds.
 */
import { join } from "node:path";
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { z } from "zod";
import { readPlainFile } from "../plain-file.js";

/** The settings of config.json; absent settings are taken from the tokenizer's own files. */
export interface TokenizerSettings {
  readonly max_length?: number | undefined;
  readonly truncation?: boolean | undefined;
}

export interface Tokens {
  readonly ids: readonly number[];
  readonly typeIds: readonly number[];
}

/** BERT's own length, used where no file gives the model's limit. */
const lengthDefault = 512;
const sentenceFile = "sentence_bert_config.json";
/** Tokenizer files without a limit contain 1e30. */
const lengthMax = 1_000_000;

const fileSchema = z.looseObject({
  model: z.looseObject({}),
  truncation: z
    .looseObject({ max_length: z.int().min(1), direction: z.enum(["Left", "Right"]).default("Right") })
    .nullish(),
  padding: z.looseObject({ pad_id: z.int().min(0) }).nullish(),
});
const settingsSchema = z.looseObject({
  model_max_length: z.number().optional(),
  pad_token: z.union([z.string(), z.looseObject({ content: z.string() })]).nullish(),
});

/**
 * The fields of sentence_bert_config.json; sentence-transformers cuts every text at this length, whatever the
 * tokenizer's files say.
 */
const sentenceSchema = z.looseObject({
  max_seq_length: z.int().min(1).max(lengthMax).nullish(),
  do_lower_case: z.boolean().default(false),
});

/** Limit in bytes: a tokenizer of 250,000 tokens takes 17 MB. */
const fileBytesMax = 268_435_456;

/** The longest text, and the file or setting that the limit comes from. */
interface TextLength {
  readonly tokens: number;
  readonly saidBy: string;
  /** Which end of a longer text is cut off; null: longer texts are refused. */
  readonly cut: "Left" | "Right" | null;
  readonly lowerCase: boolean;
}

export class Tokenizer {
  /** The numbers of special tokens before and after a text; both are kept when the text is cut. */
  private readonly before: number;
  private readonly after: number;

  private constructor(
    private readonly tokenizer: HuggingFaceTokenizer,
    private readonly length: TextLength,
    readonly padId: number,
  ) {
    const bare = this.tokenizer.encode("a", { add_special_tokens: false }).ids;
    const whole = this.tokenizer.encode("a").ids;
    this.before = Math.max(0, whole.indexOf(bare[0] ?? -1));
    this.after = Math.max(0, whole.length - bare.length - this.before);
  }

  /** @throws naming the file, when it is missing, cannot be read, or is of an unsupported kind */
  static async open(folder: string, settings: TokenizerSettings): Promise<Tokenizer> {
    const path = join(folder, "tokenizer.json");
    const file = await readJson(path, fileSchema);
    const configPath = join(folder, "tokenizer_config.json");
    const config = await readJson(configPath, settingsSchema, {});
    const sentence = await readJson(join(folder, sentenceFile), sentenceSchema, {});
    const sentenceLength = sentence.max_seq_length ?? undefined;
    const [tokens, saidBy] = firstSaid(
      [settings.max_length, "config.json says"],
      [sentenceLength, `${sentenceFile} says`],
      [file.truncation?.max_length, "tokenizer.json says"],
      [within(config.model_max_length), "tokenizer_config.json says"],
    );
    const cuts = settings.truncation ?? (sentenceLength !== undefined || (file.truncation ?? null) !== null);
    const cut = cuts ? (file.truncation?.direction ?? "Right") : null;
    try {
      const tokenizer = new HuggingFaceTokenizer(file, config);
      const length = { tokens, saidBy, cut, lowerCase: sentence.do_lower_case };
      return new Tokenizer(tokenizer, length, padIdOf(file, config, tokenizer));
    } catch (error) {
      throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Limit on the tokens of a text, including the special ones. */
  get maxLength(): number {
    return this.length.tokens;
  }

  /** A sentence that says how long a text may be, and where the limit comes from. */
  get note(): string {
    const { tokens, saidBy, cut } = this.length;
    const longer = cut === null ? "a longer one is refused" : "what is longer is cut";
    return `A text may have ${tokens} tokens, as ${saidBy}; ${longer}.`;
  }

  /** The text's tokens; or, for a text that is too long and must not be cut, the remedy. */
  encode(text: string): Tokens | { readonly refused: string } {
    const { tokens, cut, lowerCase } = this.length;
    const { ids, token_type_ids } = this.tokenizer.encode(lowerCase ? text.toLowerCase() : text, {
      return_token_type_ids: true,
    });
    if (ids.length <= tokens) return { ids, typeIds: token_type_ids };
    if (cut === null)
      return {
        refused: `${ids.length} tokens, the model takes at most ${tokens}: shorten it, or set tokenizer.truncation in the model's config`,
      };
    return { ids: this.shortened(ids), typeIds: this.shortened(token_type_ids) };
  }

  private shortened(tokens: readonly number[]): number[] {
    const room = Math.max(0, this.length.tokens - this.before - this.after);
    const end = tokens.length - this.after;
    const kept =
      this.length.cut === "Left"
        ? tokens.slice(Math.max(this.before, end - room), end)
        : tokens.slice(this.before, this.before + room);
    return [...tokens.slice(0, this.before), ...kept, ...tokens.slice(end)];
  }
}

async function readJson<T extends z.ZodType>(path: string, schema: T, absent?: object): Promise<z.infer<T>> {
  const text = await readPlainFile(path, fileBytesMax).catch((error: NodeJS.ErrnoException) => {
    const isAbsent = error.code === "ENOENT";
    if (isAbsent && absent !== undefined) return JSON.stringify(absent);
    const needed = isAbsent ? "a model with a tokenizer needs this file in its version's folder: " : "";
    throw new Error(`${path}: ${needed}${error.message}`);
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new Error(`${path}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** The first length that is given; else that of BERT's own tokenizer. */
function firstSaid(...said: readonly (readonly [number | undefined, string])[]): readonly [number, string] {
  for (const [tokens, by] of said) if (tokens !== undefined) return [tokens, by];
  return [lengthDefault, "is usual where no file says"];
}

function within(length: number | undefined): number | undefined {
  return length !== undefined && length >= 1 && length <= lengthMax ? Math.floor(length) : undefined;
}

/** The padding token's id. Padding is always masked, but some models compute positions from the id. */
function padIdOf(
  file: z.infer<typeof fileSchema>,
  { pad_token }: z.infer<typeof settingsSchema>,
  tokenizer: HuggingFaceTokenizer,
): number {
  if (file.padding) return file.padding.pad_id;
  const named = typeof pad_token === "string" ? pad_token : pad_token?.content;
  for (const token of [named, "[PAD]", "<pad>"]) {
    const id = token === undefined ? undefined : tokenizer.token_to_id(token);
    if (id !== undefined) return id;
  }
  return 0;
}
