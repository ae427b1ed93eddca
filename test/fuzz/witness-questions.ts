/** The witness's requests with the answers that they had before the attack, which they must have bit for bit. */
import type { GatewayFrame, InferFrame } from "../../protocol/frames.js";
import { Random } from "./random.js";
import { type Catalog, inputsOf, parametersOf, type ServableDescription } from "./servables.js";
import type { WitnessClient } from "./witness-client.js";

type Question = Omit<InferFrame, "id">;

const timeoutMs = 60_000;
const seed = 8_470;

/** One question to each model, two to each fit, one under a key and one to a kept fit. */
export async function witnessQuestions(client: WitnessClient, catalog: Catalog): Promise<WitnessQuestions> {
  const questions = catalog.models
    .filter(({ name }) => !/\.(apply|update)$/.test(name)) // these need a fit's attributes or its handle
    .flatMap((servable, i) => [questionTo(servable, 2 * i), questionTo(servable, 2 * i + 1)]);
  const keyed = { ...(questions.find(({ model }) => model === "market-impact") ?? questions[0]), key: "w" };
  const kept = await keepFit(client);
  return WitnessQuestions.asked(client, [...questions, keyed as Question, kept]);
}

function questionTo(servable: ServableDescription, number: number): Question {
  const random = Random.of(seed, number);
  const parameters = parametersOf(servable, random);
  // A handle is another string at each fit.
  if (servable.parameters.some(({ name }) => name === "keep_seconds")) parameters["keep_seconds"] = null;
  const inputs = inputsOf(servable, random);
  return { type: "infer", model: servable.name, inputs, parameters, timeout_ms: timeoutMs };
}

const X = {
  datatype: "FP64",
  shape: [4, 1],
  data: new Uint8Array(Float64Array.of(1, 2.5, -3, 4).buffer),
} as const;

async function keepFit(client: WitnessClient): Promise<Question> {
  const terms = { type: "infer", id: 0, timeout_ms: timeoutMs, inputs: { X } } as const;
  const answer = await client.ask({
    ...terms,
    model: "standard_scaler",
    parameters: { keep_seconds: 604_800 },
  });
  const handle = answer.type === "result" ? answer.outputs["handle"]?.data[0] : undefined;
  if (typeof handle !== "string") throw new Error(`no handle of a kept fit: ${JSON.stringify(answer)}`);
  return { ...terms, model: "standard_scaler.apply", parameters: { handle } };
}

export class WitnessQuestions {
  private next = 0;

  private constructor(
    private readonly client: WitnessClient,
    private readonly known: readonly { readonly question: Question; readonly answer: string }[],
  ) {}

  static async asked(client: WitnessClient, questions: readonly Question[]): Promise<WitnessQuestions> {
    const known: { question: Question; answer: string }[] = [];
    for (const question of questions) {
      const first = shownAnswer(await client.ask({ ...question, id: 0 }));
      const second = shownAnswer(await client.ask({ ...question, id: 0 }));
      if (first !== second)
        throw new Error(`${question.model} has two answers in peace: ${first} and ${second}`);
      known.push({ question, answer: first });
    }
    return new WitnessQuestions(client, known);
  }

  get count(): number {
    return this.known.length;
  }

  /** Asks the next question again; says what is wrong with the answer. */
  async askNext(): Promise<string | undefined> {
    const one = this.known[this.next++ % this.known.length];
    if (one === undefined) return "there is no question";
    const answer = shownAnswer(await this.client.ask({ ...one.question, id: 0 }));
    if (answer === one.answer) return undefined;
    return `${one.question.model} answered ${answer.slice(0, 300)}, before the attack ${one.answer.slice(0, 300)}`;
  }
}

/** What must not change: neither the id nor how long it took, nor whether it is the answer kept under a key. */
function shownAnswer(frame: GatewayFrame): string {
  if (frame.type === "error") return `error ${frame.code}: ${frame.message}`;
  if (frame.type !== "result") return JSON.stringify(frame);
  const { model, version, backend, precision, outputs } = frame;
  const data = Object.entries(outputs).map(([name, tensor]) => {
    const bytes = tensor.data instanceof Uint8Array ? Buffer.from(tensor.data).toString("hex") : tensor.data;
    return [name, tensor.datatype, tensor.shape, bytes];
  });
  return JSON.stringify({ model, version, backend, precision, data });
}
