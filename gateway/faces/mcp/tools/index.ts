/** All tools, in the order in which clients see them. */
import type { Tool } from "../tool.js";
import { describeModelTool } from "./describe-model.js";
import { fitTool } from "./fit.js";
import { getEventsTool } from "./get-events.js";
import { getJobTool } from "./get-job.js";
import { getRegimeTool } from "./get-regime.js";
import { inferTool } from "./infer.js";
import { listModelsTool } from "./list-models.js";
import { listStreamsTool } from "./list-streams.js";
import { trainTool } from "./train.js";
import { waitForRegimeChangeTool } from "./wait-for-regime-change.js";

export const tools: ReadonlyMap<string, Tool> = new Map(
  [
    listModelsTool,
    describeModelTool,
    inferTool,
    fitTool,
    trainTool,
    getJobTool,
    listStreamsTool,
    getRegimeTool,
    getEventsTool,
    waitForRegimeChangeTool,
  ].map((tool) => [tool.definition.name, tool]),
);
