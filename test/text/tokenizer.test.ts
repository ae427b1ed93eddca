/** Texts become the tokens that Hugging Face's own library makes of them, cut as it cuts them. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { groupByLength, padded } from "../../engines/onnx/text/length-groups.js";
import { Tokenizer } from "../../engines/onnx/text/tokenizer.js";

const shipped = fileURLToPath(new URL("../../models/news-tone/1/", import.meta.url));
const golden = JSON.parse(
  await readFile(fileURLToPath(new URL("../golden/tokens.json", import.meta.url)), "utf8"),
) as { texts: string[]; cut: number; whole: number[][]; right: number[][]; left: number[][] };

/** The shipped tokenizer with something of it made otherwise. */
async function folderWith(change: object, more: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-tokenizer-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = JSON.parse(await readFile(join(shipped, "tokenizer.json"), "utf8"));
  await writeFile(join(folder, "tokenizer.json"), JSON.stringify({ ...file, ...change }));
  for (const [name, text] of Object.entries(more)) await writeFile(join(folder, name), text);
  return folder;
}

const idsOf = (tokenizer: Tokenizer, text: string) => {
  const encoded = tokenizer.encode(text);
  return "refused" in encoded ? encoded.refused : encoded.ids;
};

describe("tokens", () => {
  it("of whole texts", async () => {
    const tokenizer = await Tokenizer.open(shipped, { max_length: 512 });
    expect(golden.texts.map((text) => idsOf(tokenizer, text))).toEqual(golden.whole);
  });

  it("of texts cut at the right, and at the left", async () => {
    const right = await Tokenizer.open(shipped, { max_length: golden.cut, truncation: true });
    expect(golden.texts.map((text) => idsOf(right, text))).toEqual(golden.right);
    const truncation = { max_length: golden.cut, direction: "Left", strategy: "LongestFirst", stride: 0 };
    const left = await Tokenizer.open(await folderWith({ truncation }), {});
    expect(golden.texts.map((text) => idsOf(left, text))).toEqual(golden.left);
  });

  it("of texts cut where sentence-transformers cuts them, whatever the tokenizer's own files say", async () => {
    const more = {
      "sentence_bert_config.json": JSON.stringify({ max_seq_length: golden.cut, do_lower_case: false }),
    };
    const truncation = { max_length: 8, direction: "Right", strategy: "LongestFirst", stride: 0 };
    const folder = await folderWith({ truncation }, more);
    const tokenizer = await Tokenizer.open(folder, {});
    expect(golden.texts.map((text) => idsOf(tokenizer, text))).toEqual(golden.right);
    const said = `A text may have ${golden.cut} tokens, as sentence_bert_config.json says; what is longer is cut.`;
    expect(tokenizer.note).toBe(said);
    const own = await Tokenizer.open(folder, { max_length: 9, truncation: false });
    expect(own.note).toBe("A text may have 9 tokens, as config.json says; a longer one is refused.");
  });

  it("of a text in lower case, where sentence-transformers makes it so", async () => {
    const normalizer = null; // the shipped tokenizer lowers by itself
    const lower = {
      "sentence_bert_config.json": JSON.stringify({ max_seq_length: 32, do_lower_case: true }),
    };
    const [cased, lowered] = [await folderWith({ normalizer }), await folderWith({ normalizer }, lower)];
    const [before, after] = [await Tokenizer.open(cased, {}), await Tokenizer.open(lowered, {})];
    expect(idsOf(after, "SHARES Rose")).toEqual(idsOf(before, "shares rose"));
    expect(idsOf(before, "SHARES Rose")).not.toEqual(idsOf(before, "shares rose"));
  });

  it("a text that is too long says so where nothing is cut", async () => {
    const tokenizer = await Tokenizer.open(shipped, { max_length: 8, truncation: false });
    expect(idsOf(tokenizer, golden.texts[0] ?? "")).toMatch(
      /^\d+ tokens, the model takes at most 8: shorten it/,
    );
    expect(idsOf(tokenizer, "ok")).toHaveLength(3);
  });
});

describe("how long a text may be", () => {
  it("config.json says, then tokenizer.json, then tokenizer_config.json, then BERT", async () => {
    const beside = { "tokenizer_config.json": JSON.stringify({ model_max_length: 64 }) };
    const truncation = { max_length: 32, direction: "Right", strategy: "LongestFirst", stride: 0 };
    const settings = { max_length: 16 };
    const both = await folderWith({ truncation }, beside);
    expect((await Tokenizer.open(both, settings)).maxLength).toBe(16);
    expect((await Tokenizer.open(both, {})).maxLength).toBe(32);
    expect((await Tokenizer.open(await folderWith({ truncation: null }, beside), {})).maxLength).toBe(64);
    const endless = { "tokenizer_config.json": JSON.stringify({ model_max_length: 1e30 }) };
    expect((await Tokenizer.open(await folderWith({ truncation: null }, endless), {})).maxLength).toBe(512);
  });

  it.each([
    ["model", /tokenizer\.json/],
    ["truncation", /tokenizer\.json.*\n.*truncation/],
  ])("a tokenizer whose %s cannot be read is refused, naming the file", async (field, reason) => {
    await expect(Tokenizer.open(await folderWith({ [field]: { type: "Séance" } }), {})).rejects.toThrow(
      reason,
    );
  });

  it("a folder without one is refused", async () => {
    await expect(Tokenizer.open(tmpdir(), {})).rejects.toThrow(
      /tokenizer\.json: a model with a tokenizer needs/,
    );
  });
});

it("rows of similar length run together, each once", () => {
  expect(groupByLength([3, 400, 16, 17, 30, 512, 1])).toEqual([
    [0, 2, 6],
    [1, 5],
    [3, 4],
  ]);
  expect(groupByLength([])).toEqual([]);
});

it("rows are filled up to the longest", () => {
  expect(padded([[1, 2, 3], [4], []], 9)).toEqual({ width: 3, data: [1, 2, 3, 4, 9, 9, 9, 9, 9] });
});
