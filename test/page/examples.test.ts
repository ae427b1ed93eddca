/** The console's examples and its programs are right: a gateway answers them. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect, type Gate } from "../../client/typescript/index.js";
import { exampleReturns, exampleText } from "../../page/console/example-values.js";
import { requestSnippet } from "../../page/console/request-snippets.js";
import { type ServableChoice, servableChoices } from "../../page/console/servable-choices.js";
import { readTensor } from "../../page/console/tensor-text.js";
import type { Datatype, Tensor } from "../../protocol/tensor.js";
import { startGateway, type TestGateway } from "../support/gateway.js";

let gateway: TestGateway;
let gate: Gate;
let choices: readonly ServableChoice[];

beforeAll(async () => {
  gateway = await startGateway();
  gate = await connect(gateway.url);
  choices = servableChoices(await gate.describe());
});

afterAll(async () => {
  await gate?.close();
  await gateway?.stop();
});

function exampleOf({ inputs }: ServableChoice): Record<string, Tensor> {
  return Object.fromEntries(
    inputs
      .filter(({ optional }) => !optional)
      .map((signature) => {
        const datatype = signature.datatypes[0] as Datatype;
        const reading = readTensor(exampleText(signature), signature, datatype);
        if ("problem" in reading) throw new Error(`${signature.name}: ${reading.problem}`);
        return [signature.name, reading.tensor];
      }),
  );
}

test("every model and every fit answers its example", async () => {
  const asked = choices.filter(({ group }) => group === "Models" || group === "Fits");
  expect(asked.length).toBeGreaterThan(25);
  const refusals: string[] = [];
  for (const choice of asked) {
    // This fit takes either returns or their moments, so none of its inputs is required by itself.
    if (choice.name === "monte_carlo_var") continue;
    await gate
      .infer(choice.name, exampleOf(choice))
      .catch((error: Error) => refusals.push(`${choice.name}: ${error.message}`));
  }
  expect(refusals).toEqual([]);
});

test("an input of every signature can be filled with an example", () => {
  const problems = choices.flatMap(({ name, inputs }) =>
    inputs.flatMap((signature) => {
      const reading = readTensor(exampleText(signature), signature, signature.datatypes[0] as Datatype);
      return "problem" in reading ? [`${name}.${signature.name}: ${reading.problem}`] : [];
    }),
  );
  expect(problems).toEqual([]);
});

test("the example for a detector has a change", async () => {
  const values = exampleReturns()
    .split("\n")
    .map((line) => [Number(line)]);
  const stream = await gate.openStream("example", {
    detector: "gaussian_hmm",
    history: { ts: values.map((_, day) => day * 86_400_000), values },
  });
  const { path } = await stream.state({ path: "filtered" });
  expect(new Set(path?.regime).size).toBe(3);
  await stream.close();
});

test("the body that the curl program sends is answered over HTTP", async () => {
  const choice = choices.find(({ name }) => name === "news-tone") as ServableChoice;
  const inputs = {
    ...exampleOf(choice),
    text: { datatype: "BYTES", shape: [1], data: ['it\'s "up"'] } as const,
  };
  const request = { model: choice.name, version: "1", inputs, parameters: { sticky_key: "a" } };
  const text = requestSnippet("curl", request, gateway.http) ?? "";
  // What the shell makes of the quoted words.
  const [url, , body] = [...text.matchAll(/'((?:[^']|'\\'')*)'(?!\\)/g)].map(([, word = ""]) =>
    word.replaceAll("'\\''", "'"),
  );
  const response = await fetch(url ?? "", { method: "POST", body: body ?? "" });
  expect(await response.json()).toMatchObject({ model_name: "news-tone", model_version: "1" });
});
