/** The tool `describe_model`: everything that is known of one model, fit or detector. */
import { z } from "zod";
import { HeadgateError } from "../../../../protocol/errors.js";
import { modelName, version } from "../names.js";
import { tool } from "../tool.js";

/** Characters of a model's card that are shown. */
const cardLengthMax = 8_000;

export const describeModelTool = tool({
  name: "describe_model",
  title: "Describe a model",
  description:
    "Describes one model, fit or detector: the names, shapes and datatypes of its inputs and outputs, its parameters with their ranges and defaults, and its model card. Read it before infer or fit.",
  input: z.strictObject({ model: modelName, version }),
  output: z.object({
    model: z.string(),
    versions: z.array(z.looseObject({ version: z.string().nullable(), kind: z.string(), state: z.string() })),
    detectors: z.array(z.looseObject({ name: z.string() })),
  }),
  readOnly: true,
  whereToLook: "list_models has the names of all models.",
  run: ({ model, version: wanted }, { requester, requests, id }) => {
    const { models, detectors } = requests.describe(requester, model, id);
    const versions = models.filter((each) => wanted === undefined || each.version === wanted);
    if (wanted !== undefined && versions.length === 0)
      throw new HeadgateError(
        "not_found",
        `version: ${model} has ${models.map((each) => each.version).join(", ")}`,
      );
    return {
      model,
      versions: versions.map((each) => ({ ...each, ...shortCard(each) })),
      detectors: detectors.map((each) => ({ ...each, name: String(each["name"]) })),
    };
  },
});

function shortCard(described: object): { card?: string } {
  const card = "card" in described ? described.card : undefined;
  if (typeof card !== "string" || card.length <= cardLengthMax) return {};
  return { card: `${card.slice(0, cardLengthMax)}… (${card.length} characters in all)` };
}
