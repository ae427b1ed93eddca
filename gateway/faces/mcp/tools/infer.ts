/** The tool `infer`: asks a model. */
import { z } from "zod";
import { invalidArgument } from "../../../../protocol/errors.js";
import { modelName, version } from "../names.js";
import { tool } from "../tool.js";
import { answerSchema, described, infer, requestFields, tensorsSchema } from "./inference.js";

export const inferTool = tool({
  name: "infer",
  title: "Ask a model",
  description:
    "Computes the outputs of one model for the given inputs. Call describe_model first for the inputs' names, shapes and datatypes. For statistical fits such as pca or gaussian-mixture use the tool fit.",
  input: z.strictObject({ model: modelName, version, inputs: tensorsSchema, ...requestFields }),
  output: answerSchema,
  readOnly: true,
  slow: true,
  whereToLook: "list_models has the names of all models.",
  run: (args, call) => {
    const servable = described(call, args.model, args.version);
    if (servable?.kind === "fit")
      throw invalidArgument("model", `${args.model} is a fit: call the tool fit with name ${args.model}`);
    return infer(args, servable, call);
  },
});
