/** The tool `list_streams`: the market streams and their present regimes. */
import { z } from "zod";
import { after, contains, limit } from "../names.js";
import { stateOf, stateSchema } from "../regime-schemas.js";
import { tool } from "../tool.js";

export const listStreamsTool = tool({
  name: "list_streams",
  title: "List streams",
  description:
    "Lists the open market streams that this token may read, in the order of their names, each with its present regime.",
  input: z.strictObject({ contains, after, limit: limit(50, 200) }),
  output: z.object({
    streams: z.array(stateSchema),
    total: z.int().describe("The number of streams that match, on all pages."),
    next: z.string().optional().describe("Given as after, it continues the list; absent at its end."),
  }),
  readOnly: true,
  run: (args, { requester, requests, id }) => {
    const { streams, ...rest } = requests.streams.list(requester, args, id);
    return { streams: streams.map(stateOf), ...rest };
  },
});
