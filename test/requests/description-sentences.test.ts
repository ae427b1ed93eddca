/**
 * Every description in an answer to `describe` is a sentence that is understood alone: it becomes the label of a
 * form's field or the text of a tool, where the sentences around it are not shown.
 */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { detectors } from "../../engines/detectors/index.js";
import { allFits } from "../../engines/numerics/index.js";
import { signatureOf } from "../../engines/onnx/model-config.js";
import { RepositoryReader } from "../../engines/onnx/repository.js";
import type { Signature } from "../../engines/servable.js";
import { withKeeping } from "../../gateway/fits/kept-signatures.js";
import { streamParameters } from "../../gateway/regimes/stream-parameters.js";

const wordsMin = 4;

/** First words that refer to an earlier sentence: a conjunction, or a possessive without its noun. */
const leaning = /^(And|But|Or|Nor|So|Of|For|Its|Their|Those|These|Them|They|That|Than|With)\b/;

/** The reason why a description is not understood alone; undefined when it is. */
function fault(name: string, text: string): string | undefined {
  if (!/^\p{Lu}/u.test(text)) return "does not start with a capital letter";
  if (!/[^.]\.$/.test(text)) return "does not end with a full stop";
  if (leaning.test(text)) return "leans on a sentence before it";
  if (text.split(/\s+/).length < wordsMin) return `has fewer than ${wordsMin} words`;
  const letters = (some: string) => some.toLowerCase().replace(/[^a-z0-9]/g, "");
  if (letters(text) === letters(name)) return "only repeats the name";
  return undefined;
}

function faultsOf({ name, description, inputs, outputs, parameters }: Signature): string[] {
  const all = [{ name, description }, ...inputs, ...outputs, ...parameters];
  return all.flatMap((each) => {
    const why = fault(each.name, each.description);
    return why === undefined ? [] : [`${name}: ${each.name} ${why}: "${each.description}"`];
  });
}

const modelsFolder = fileURLToPath(new URL("../../models", import.meta.url));

async function shippedModels(): Promise<Signature[]> {
  const folders = await new RepositoryReader(modelsFolder).read();
  return folders.map(({ config }) => {
    if ("reason" in config) throw new Error(config.reason);
    return signatureOf(config, "1");
  });
}

describe("every description stands alone", () => {
  it("of the fits, and of what is done with a fit", () => {
    const signatures = withKeeping(allFits.map(({ signature }) => signature));
    expect(signatures.flatMap(faultsOf)).toEqual([]);
  });

  it("of the detectors, and of what every stream takes", () => {
    const signatures = detectors.map((detector) => ({
      ...detector.signature,
      parameters: streamParameters(detector),
    }));
    expect(signatures.flatMap(faultsOf)).toEqual([]);
  });

  it("of the shipped models", async () => {
    const signatures = await shippedModels();
    expect(signatures.length).toBeGreaterThanOrEqual(13);
    expect(signatures.flatMap(faultsOf)).toEqual([]);
  });
});

it.each([
  ["covars", "and its covariance.", "does not start with a capital letter"],
  ["covars", "Its covariance matrix of then.", "leans on a sentence before it"],
  ["transmat", "Probability of each state at first,", "does not end with a full stop"],
  ["n_iter", "Iterations done.", "has fewer than 4 words"],
  ["how_many_rows_seen", "How many rows seen.", "only repeats the name"],
  ["min_dwell", "How many observations in a row it takes.", undefined],
])("judges %s: %s", (name, text, why) => expect(fault(name, text)).toBe(why));
