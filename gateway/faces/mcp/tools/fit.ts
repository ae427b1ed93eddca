/** The tool `fit`: fits a statistical model to data, or applies a kept fit. */
import { z } from "zod";
import { invalidArgument } from "../../../../protocol/errors.js";
import { modelName } from "../names.js";
import { tool } from "../tool.js";
import { answerSchema, described, infer, requestFields, tensorsSchema } from "./inference.js";

export const fitTool = tool({
  name: "fit",
  title: "Fit data",
  description:
    "Runs a statistical fit, such as pca, on the given data and answers its attributes. With the parameter keep_seconds the fit is kept, and the output handle names it: then <name>.apply and <name>.update take new rows with the parameter handle. list_models with kind fit lists all fits.",
  input: z.strictObject({
    name: modelName.describe("The name of the fit, such as pca."),
    data: z
      .unknown()
      .optional()
      .describe(
        'The samples: a list of rows, each a list of features, or rows that the gateway has, such as {"ref": "returns", "last": 252}. It is the input X, or of a policy its observation; others go into inputs.',
      ),
    inputs: tensorsSchema.optional(),
    ...requestFields,
  }),
  output: answerSchema,
  readOnly: false,
  slow: true,
  whereToLook: "list_models with kind fit has the names of all fits; a kept fit's handle expires.",
  run: ({ name, data, inputs = {}, ...rest }, call) => {
    const servable = described(call, name);
    if (servable !== undefined && servable.kind !== "fit")
      throw invalidArgument("name", `${name} is a ${servable.kind}: call the tool infer with model ${name}`);
    // Everything that is fitted or applied takes X, except what applies a policy.
    const input = servable?.inputs?.some((each) => each.name === "observation") ? "observation" : "X";
    if (data !== undefined && Object.hasOwn(inputs, input))
      throw invalidArgument("data", `is the input ${input}, which is in inputs too`);
    const all = data === undefined ? inputs : { ...inputs, [input]: data };
    return infer({ model: name, inputs: all, ...rest }, servable, call);
  },
});
