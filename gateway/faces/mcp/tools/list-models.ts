/** The tool `list_models`: what can be asked and fitted. */
import { z } from "zod";
import { after, contains, limit } from "../names.js";
import { tool } from "../tool.js";

const kinds = ["model", "fit", "trainer", "detector"] as const;

interface ListedModel {
  readonly name: string;
  readonly kind: string;
  readonly versions: string[];
  readonly state: string;
  readonly description?: string | undefined;
}

export const listModelsTool = tool({
  name: "list_models",
  title: "List models",
  description:
    "Lists the models, the statistical fits, the trainers, and the detectors of market regimes that this gateway offers, in the order of their names. describe_model has the inputs, outputs and parameters of one.",
  input: z.strictObject({
    contains,
    kind: z.enum(kinds).optional().describe("Lists only names of this kind."),
    after,
    limit: limit(50, 200),
  }),
  output: z.object({
    models: z.array(
      z.object({
        name: z.string(),
        kind: z.string(),
        versions: z.array(z.string()),
        state: z.string().describe("ready, or why it cannot be asked now."),
        description: z.string().optional(),
      }),
    ),
    total: z.int().describe("The number of names that match, on all pages."),
    next: z.string().optional().describe("Given as after, it continues the list; absent at its end."),
  }),
  readOnly: true,
  run: ({ contains: text = "", kind, after: from = "", limit: most }, { requester, requests, id }) => {
    const { models, detectors } = requests.describe(requester, undefined, id);
    const listed = new Map<string, ListedModel>();
    for (const { name, kind: of, version, state, ...about } of models) {
      const known = listed.get(name);
      const versions = [...(known?.versions ?? []), ...(version === null ? [] : [version])];
      const description = "description" in about ? String(about.description) : known?.description;
      listed.set(name, {
        name,
        kind: of,
        versions,
        state: known?.state === "ready" ? "ready" : state,
        ...(description !== undefined && { description }),
      });
    }
    for (const { name, version, description } of detectors)
      listed.set(`${name} detector`, {
        name: String(name),
        kind: "detector",
        versions: [String(version)],
        state: "ready",
        description: String(description),
      });
    const matching = [...listed.values()]
      .filter((each) => each.name.includes(text) && (kind === undefined || each.kind === kind))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const rest = matching.filter(({ name }) => name > from);
    const page = rest.slice(0, most);
    const last = page.at(-1);
    return {
      models: page,
      total: matching.length,
      ...(rest.length > page.length && last !== undefined && { next: last.name }),
    };
  },
});
