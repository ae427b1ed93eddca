/**
 * A `tokenizer.json` as Hugging Face's libraries write it, and beside it perhaps a `tokenizer_config.json`.
 * Lives in a worker: a long text takes milliseconds.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { z } from "zod";

/** What config.json says of it; absent: as the tokenizer's own files say. */
export interface TokenizerSettings {
  readonly max_length?: number | undefined;
  readonly truncation?: boolean | undefined;
}

export interface Tokens {
  readonly ids: readonly number[];
  readonly typeIds: readonly number[];
}

/** BERT's own, where nothing says how many tokens the model takes. */
const lengthDefault = 512;
/** Files that know no limit say 1e30. */
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

export class Tokenizer {
  /** Special tokens in front of a text and behind it; both stay when the text is cut. */
  private readonly before: number;
  private readonly after: number;

  private constructor(
    private readonly tokenizer: HuggingFaceTokenizer,
    /** Tokens a text may have, the special ones included. */
    readonly maxLength: number,
    private readonly cut: "Left" | "Right" | null,
    readonly padId: number,
  ) {
    const bare = this.tokenizer.encode("a", { add_special_tokens: false }).ids;
    const whole = this.tokenizer.encode("a").ids;
    this.before = Math.max(0, whole.indexOf(bare[0] ?? -1));
    this.after = Math.max(0, whole.length - bare.length - this.before);
  }

  /** @throws naming the file, when it is absent, cannot be read, or is of a kind that is not known */
  static async open(folder: string, settings: TokenizerSettings): Promise<Tokenizer> {
    const path = join(folder, "tokenizer.json");
    const file = await readJson(path, fileSchema);
    const configPath = join(folder, "tokenizer_config.json");
    const config = await readJson(configPath, settingsSchema, {});
    const length =
      settings.max_length ?? file.truncation?.max_length ?? within(config.model_max_length) ?? lengthDefault;
    const cuts = settings.truncation ?? (file.truncation !== undefined && file.truncation !== null);
    try {
      const tokenizer = new HuggingFaceTokenizer(file, config);
      const cut = cuts ? (file.truncation?.direction ?? "Right") : null;
      return new Tokenizer(tokenizer, length, cut, padIdOf(file, config, tokenizer));
    } catch (error) {
      throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** The text's tokens, or, of one that is too long where nothing is cut, what to do about it. */
  encode(text: string): Tokens | { readonly refused: string } {
    const { ids, token_type_ids } = this.tokenizer.encode(text, { return_token_type_ids: true });
    if (ids.length <= this.maxLength) return { ids, typeIds: token_type_ids };
    if (this.cut === null)
      return {
        refused: `${ids.length} tokens, the model takes at most ${this.maxLength}: shorten it, or set tokenizer.truncation in the model's config`,
      };
    return { ids: this.shortened(ids), typeIds: this.shortened(token_type_ids) };
  }

  private shortened(tokens: readonly number[]): number[] {
    const room = Math.max(0, this.maxLength - this.before - this.after);
    const end = tokens.length - this.after;
    const kept =
      this.cut === "Left"
        ? tokens.slice(Math.max(this.before, end - room), end)
        : tokens.slice(this.before, this.before + room);
    return [...tokens.slice(0, this.before), ...kept, ...tokens.slice(end)];
  }
}

async function readJson<T extends z.ZodType>(path: string, schema: T, absent?: object): Promise<z.infer<T>> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (absent !== undefined) return JSON.stringify(absent);
    throw new Error(`${path}: a model with a tokenizer needs this file in its version's folder: ${error}`);
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

function within(length: number | undefined): number | undefined {
  return length !== undefined && length >= 1 && length <= lengthMax ? Math.floor(length) : undefined;
}

/** Masked out wherever it stands; yet some models count their positions by it. */
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
