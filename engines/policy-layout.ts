/** What a policy's observation is made of, as `describe`, a model's config and the policy's ONNX file tell it. Pure. */
import { z } from "zod";

/** The input that a policy takes. */
export const observationInput = "observation";

/** The entry of an ONNX file's metadata that has the layout as JSON. */
export const layoutMetadata = "headgate.observation_layout";
/** The entry with what its trainer says of it, as Markdown. */
export const summaryMetadata = "headgate.summary";

/** Columns of a row, and numbers of an observation. */
const namesMax = 32_768;
const name = z.string().min(1).max(256);
const names = z.array(name).max(namesMax);

/**
 * The observation is `window` rows of `columns`, the oldest first, one after another, and then the numbers of `state`.
 * What else a trainer tells, such as how it scales the columns, is passed on as it is.
 */
export const policyLayoutSchema = z
  .preprocess(
    withState,
    z.looseObject({
      window: z.int().min(1).max(65_536),
      columns: names,
      state: names,
      actions: z.looseObject({ kind: z.string().max(64) }),
    }),
  )
  .refine((layout) => sizeOfObservation(layout) > 0, "columns: an observation has one number at least");

export type PolicyLayout = z.infer<typeof policyLayoutSchema>;

/** A trainer names all numbers of an observation; those of the window follow from its columns, and are not kept. */
function withState(given: unknown): unknown {
  if (typeof given !== "object" || given === null || !("numbers" in given)) return given;
  const { numbers, ...layout } = given as Readonly<Record<string, unknown>>;
  const { window, columns } = layout;
  if (!Array.isArray(numbers) || !Array.isArray(columns) || typeof window !== "number") return given;
  return { state: numbers.slice(window * columns.length), ...layout };
}

/** The parts of a layout that say where each number of an observation belongs. */
export interface ObservationParts {
  readonly window: number;
  readonly columns: readonly string[];
  readonly state: readonly string[];
}

/** The layout in a trainer's or a file's JSON, or what is wrong with it. */
export function parsePolicyLayout(
  text: string,
): { readonly layout: PolicyLayout } | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problem: `it is no JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  const parsed = policyLayoutSchema.safeParse(value);
  if (parsed.success) return { layout: parsed.data };
  const [issue] = parsed.error.issues;
  return { problem: `${issue?.path.join(".") || "the layout"}: ${issue?.message}` };
}

export function sizeOfObservation({ window, columns, state }: ObservationParts): number {
  return window * columns.length + state.length;
}

/** How two layouts differ, in words; undefined where an observation of the one is one of the other. */
export function layoutDifference(before: PolicyLayout, after: PolicyLayout): string | undefined {
  if (before.window !== after.window) return `window: ${before.window} rows before, ${after.window} now`;
  for (const part of ["columns", "state"] as const) {
    const [known, next] = [before[part], after[part]];
    const at = Array.from({ length: Math.max(known.length, next.length) }, (_, i) => i).find(
      (i) => known[i] !== next[i],
    );
    if (at !== undefined) return `${part}[${at}]: ${known[at] ?? "none"} before, ${next[at] ?? "none"} now`;
  }
  for (const part of ["actions", "scaling"] as const) {
    const [known, next] = [before[part], after[part]].map((each) => canonical(each));
    if (known !== next) return `${part}: ${known} before, ${next} now`;
  }
  return undefined;
}

/** Names of a part that a message shows. */
const shownMax = 12;

/** What an observation is made of, as a part of a sentence. */
export function observationText({ window, columns, state }: ObservationParts): string {
  const rows = window === 1 ? "" : `${window} rows, the oldest first, of `;
  const parts = [
    ...(columns.length > 0 ? [`${rows}${listed(columns)}`] : []),
    ...(state.length > 0 ? [listed(state)] : []),
  ];
  return parts.join(", then ");
}

function listed(all: readonly string[]): string {
  const shown = all.slice(0, shownMax).join(", ");
  return all.length > shownMax ? `${shown} and ${all.length - shownMax} others` : shown;
}

/** The value as text, with the names of every map in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
