/** The tool `get_job`: how far a training is, and what came of it. */
import { z } from "zod";
import { shownTensor } from "../output-tensors.js";
import { tool } from "../tool.js";
import { outputSchema, stateSchema, summarySchema } from "./training-schemas.js";

/** Lines of the log, points of the learning curve and elements of the attributes that are shown. */
const linesMax = 50;
const pointsMax = 100;
const elementsMax = 10_000;

export const getJobTool = tool({
  name: "get_job",
  title: "Get a training",
  description:
    "Tells how far a training of the tool train is, why it failed, its handle or published version; and where they are asked for, its fitted attributes, its log and its learning curve. Without a job it lists the newest trainings.",
  input: z.strictObject({
    job: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/)
      .optional()
      .describe("The name of a job, as train answered it. Absent: the newest jobs are listed."),
    outputs: z.boolean().default(false).describe("Whether the fitted attributes are answered."),
    log: z
      .boolean()
      .default(false)
      .describe("Whether the end of the log and the learning curve are answered."),
  }),
  output: z.object({
    jobs: z.array(stateSchema).describe("The job; without a name the newest ones."),
    outputs: outputSchema.optional(),
    training: summarySchema.optional(),
    log: z.array(z.string()).optional().describe("The newest lines."),
    curve: z.array(z.unknown()).optional().describe("The learning curve."),
  }),
  readOnly: true,
  whereToLook: "get_job without a job lists the newest trainings.",
  run: async ({ job, outputs: wantsOutputs, log: wantsLog }, { requester, requests, id }) => {
    if (job === undefined)
      return { jobs: requests.training.jobs(requester, { limit: 20 }, id).jobs.map((each) => ({ ...each })) };
    const request = { job, outputs: wantsOutputs, log: wantsLog };
    const found = await requests.training.job(requester, request, id);
    const { state, outputs, training, log, curve } = found;
    const names = Object.entries(outputs ?? {});
    const window = { fromRow: 0, rows: 50, elements: Math.floor(elementsMax / Math.max(1, names.length)) };
    return {
      jobs: [{ ...state }],
      ...(outputs !== undefined && {
        outputs: Object.fromEntries(names.map(([name, each]) => [name, shownTensor(each, window)])),
      }),
      ...(training !== undefined && { training: { ...training } }),
      ...(log !== undefined && { log: log.slice(-linesMax) }),
      ...(curve !== undefined && { curve: thinned(curve) }),
    };
  },
});

/** Points at equal distances, the last among them. */
function thinned<T>(points: readonly T[]): T[] {
  const step = Math.max(1, Math.ceil(points.length / pointsMax));
  return points.filter((_, i) => (points.length - 1 - i) % step === 0);
}
