/** The tool `get_regime`: the present regime of a stream, and the regimes of its last observations. */
import { z } from "zod";
import { regimeTopic } from "../../../../protocol/topics.js";
import type { StatePath } from "../../../requests/answers.js";
import { limit, streamName } from "../names.js";
import { cursorText, stateOf, stateSchema } from "../regime-schemas.js";
import { tool } from "../tool.js";

export const getRegimeTool = tool({
  name: "get_regime",
  title: "Get a regime",
  description:
    "Answers the present regime of one stream with the probability of each regime, and on request the regimes of its last observations. The cursor in the answer goes into wait_for_regime_change or get_events.",
  input: z.strictObject({
    stream: streamName,
    path: z
      .enum(["filtered", "smoothed"])
      .optional()
      .describe(
        "filtered: the regimes as they were estimated when each observation arrived. smoothed: as all observations together show them now.",
      ),
    limit: limit(50, 500),
  }),
  output: z.object({
    state: stateSchema,
    cursor: z.string().describe("Continues in wait_for_regime_change and get_events without a gap."),
    path: z
      .array(
        z.object({
          ts: z.number().describe("The observation's time, in milliseconds since the epoch."),
          regime: z.string(),
          probabilities: z.record(z.string(), z.number().nullable()),
        }),
      )
      .optional()
      .describe("The last observations, oldest first; state.observations tells how many there are."),
  }),
  readOnly: true,
  whereToLook: "list_streams has the names of the open streams.",
  run: async ({ stream, path, limit: most }, { requester, requests, waits, id }) => {
    const { namespace } = requester.principal;
    // Read before the state: an event in between comes once more, and none is missed.
    const cursor = cursorText(waits.present(namespace, regimeTopic(stream)));
    const request = path === undefined ? { stream } : { stream, path, limit: most };
    const { state, path: found } = await requests.streams.state(requester, request, id);
    return { state: stateOf(state), cursor, ...(found !== undefined && { path: entries(found) }) };
  },
});

function entries({ regimes, times, regime, probabilities }: StatePath) {
  const k = regimes.length;
  return Array.from(times, (ts, i) => ({
    ts,
    regime: regimes[regime[i] ?? -1] ?? "unknown",
    probabilities: Object.fromEntries(
      regimes.map((name, j) => {
        const value = probabilities[i * k + j] ?? Number.NaN;
        return [name, Number.isFinite(value) ? value : null];
      }),
    ),
  }));
}
