/** A text model over a socket: a row's answer is its own, and a text that is refused costs nobody else theirs. */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it, onTestFinished } from "vitest";
import { connect, type Gate, type Tensor } from "../../client/typescript/index.js";
import { startGateway, type TestGateway } from "../support/gateway.js";

const shipped = fileURLToPath(new URL("../../models/news-tone", import.meta.url));

let gateway: TestGateway;
let gate: Gate;
afterEach(async () => {
  await gate.close();
  await gateway.stop();
});

const text = (...data: string[]): { text: Tensor } => ({
  text: { datatype: "BYTES", shape: [data.length], data },
});
const long = "profit ".repeat(200);

/** news-tone with a config made otherwise; its golden answer keeps the first, short row. */
async function serve(change: object): Promise<void> {
  const models = await mkdtemp(join(tmpdir(), "headgate-text-"));
  onTestFinished(() => rm(models, { recursive: true, force: true }));
  await cp(shipped, join(models, "news-tone"), { recursive: true });
  const path = join(models, "news-tone", "config.json");
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, "utf8")), ...change }));
  const goldenPath = join(models, "news-tone", "1", "golden.json");
  const golden = JSON.parse(await readFile(goldenPath, "utf8"));
  golden.inputs = { text: { datatype: "BYTES", shape: [1], data: golden.inputs.text.data.slice(0, 1) } };
  for (const output of Object.values<{ shape: number[]; data: number[] }>(golden.outputs)) {
    output.data = output.data.slice(0, output.data.length / (output.shape[0] ?? 1));
    output.shape[0] = 1;
  }
  await writeFile(goldenPath, JSON.stringify(golden));
  gateway = await startGateway({ models });
  gate = await connect(gateway.url);
}

it("what is too long is refused by itself, with what to do, and those beside it are answered", async () => {
  await serve({ tokenizer: { max_length: 32, truncation: false } });
  const alone = await gate.infer("news-tone", text("Shares fell."));
  const asked = [text("Shares fell."), text("fine", long), text("Shares fell."), text(long)];
  const answers = await Promise.allSettled(asked.map((inputs) => gate.infer("news-tone", inputs)));
  expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "rejected"]);
  for (const at of [0, 2]) {
    const answer = answers[at];
    if (answer?.status !== "fulfilled") throw new Error("refused");
    const [got, want] = [answer.value.outputs["probabilities"], alone.outputs["probabilities"]];
    for (const i of [0, 1, 2]) expect(got?.data[i]).toBeCloseTo(Number(want?.data[i]), 5);
  }
  expect(answers[1]).toMatchObject({
    reason: {
      code: "invalid_argument",
      message: expect.stringMatching(/row 1: text has \d+ tokens, .* at most 32/),
    },
  });
});

it("a text of characters beyond all sense is refused before it is queued", async () => {
  await serve({});
  await expect(gate.infer("news-tone", text("ok", "x".repeat(70_000)))).rejects.toMatchObject({
    code: "invalid_argument",
    message: expect.stringContaining("inputs.text.data: element 1 has 70000 characters, at most 65536"),
  });
  const { outputs } = await gate.infer("news-tone", text("", long, "Hope returns", "x"));
  expect(outputs["probabilities"]?.shape).toEqual([4, 3]);
});

it.each([
  ["two inputs", { input: [{ name: "text", datatype: "BYTES", dims: [2] }] }, /one input, BYTES with dims/],
  ["no batch", { max_batch_size: 0 }, /max_batch_size/],
  [
    "a size of the text's",
    { output: [{ name: "probabilities", datatype: "FP32", dims: [-1] }] },
    /pool it in the graph/,
  ],
  [
    "no tokenizer for a graph of tokens",
    { tokenizer: undefined },
    /input text is not in the graph; it has input_ids/,
  ],
])("%s: refused with the reason", async (_, change, reason) => {
  await serve(change);
  const { models } = await gate.describe("news-tone");
  expect(models[0]).toMatchObject({ state: "unavailable", reason: expect.stringMatching(reason) });
});
