/** The record of a model's promotions, rollbacks and publications, in the file `history.json` of its folder: who, when and why. */
import { join } from "node:path";
import { z } from "zod";
import type { PromotionRecord } from "../../protocol/promotion-frames.js";
import type { ConfinedFolders } from "./confinement.js";
import { readPlainFile } from "./plain-file.js";

export const historyFile = "history.json";

/** Records that are kept; the oldest are dropped. */
const recordsMax = 200;

/** Limit in bytes on the file: 1 MiB, twice what 200 records of the longest reason take. */
const historyBytesMax = 1_048_576;

const record = z.object({
  action: z.enum(["promote", "rollback", "publish"]),
  ts: z.number(),
  by: z.string(),
  reason: z.string().nullable(),
  from: z.string().nullable(),
  to: z.string(),
  traffic: z.number().nullable(),
  alias: z.string().nullable(),
  alias_from: z.string().nullable(),
  alias_dropped: z.string().optional(),
});

const history = z.object({ promotions: z.array(record) });

/**
 * The records, the oldest first; none where there is no file.
 * @param folders where given, the file must lie in one of them once all links are followed
 * @throws when the file cannot be read as one
 */
export async function readHistory(
  modelPath: string,
  folders?: ConfinedFolders,
): Promise<readonly PromotionRecord[]> {
  const path = join(modelPath, historyFile);
  let text: string;
  try {
    text = await readPlainFile(path, historyBytesMax, folders);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  const parsed = history.safeParse(parsedJson(text));
  if (!parsed.success) throw new Error(`${path} is not a record of promotions: mend it, or move it away`);
  return parsed.data.promotions;
}

/** The text of the file with more records. */
export function historyText(
  before: readonly PromotionRecord[],
  ...added: readonly PromotionRecord[]
): string {
  return `${JSON.stringify({ promotions: [...before, ...added].slice(-recordsMax) }, null, 2)}\n`;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The promotion that a rollback would take back: the last one that no rollback has taken back already.
 * @param alias of the promotions to look at; absent: those that changed the traffic
 */
export function lastPromotion(
  records: readonly PromotionRecord[],
  alias: string | undefined,
): PromotionRecord | undefined {
  const open: PromotionRecord[] = [];
  const before = ({ from, alias_from }: PromotionRecord) => (alias === undefined ? from : alias_from);
  for (const each of records) {
    if (alias === undefined ? !each.traffic : each.alias !== alias) continue;
    const last = open.at(-1);
    const takesBack = each.action === "rollback" && last?.to === before(each) && before(last) === each.to;
    if (takesBack) open.pop();
    else if (before(each) !== each.to) open.push(each);
  }
  return open.at(-1);
}
