/** Takes the last promotion of a model back, or of one of its aliases, and records that. */
import { lastPromotion, readHistory } from "../../../engines/onnx/promotion-history.js";
import { rollbackModel } from "../../../engines/onnx/repository-commands/rollback-model.js";
import {
  challengerAlias,
  championAlias,
  type VersionAliases,
  withoutChallenger,
} from "../../catalog/champion-aliases.js";
import {
  type ChangeableModel,
  changeableModel,
  changeConfig,
  readableModel,
  requireLasting,
} from "./promote-model.js";
import { type ChoiceMaker, type RecordedChoice, recordChoice } from "./recorded-choice.js";

export interface RollbackChoice {
  readonly models: string;
  readonly name: string;
  /** The version that gets all traffic; absent: the one before the last promotion. */
  readonly to?: number | undefined;
  /** Only this alias goes back, and the traffic stays. */
  readonly alias?: string | undefined;
}

/** @throws with the reason and the remedy; config.json is then unchanged */
export async function rollbackPromotion(
  { models, name, to, alias }: RollbackChoice,
  maker: ChoiceMaker,
): Promise<RecordedChoice> {
  const model = await (alias === undefined ? readableModel : changeableModel)(models, name);
  const told = { action: "rollback", ts: maker.ts, by: maker.by, reason: maker.reason ?? null } as const;
  const { path } = model.folder;
  if (alias !== undefined) {
    const { from, target } = await earlierOfAlias(model, alias);
    requireLasting(model.folder, Number(target), maker.ts);
    const { aliases = {} } = model.config;
    const kept = alias === championAlias ? withoutChallenger(aliases, target) : aliases;
    const dropped = kept === aliases ? {} : { alias_dropped: challengerAlias };
    const record = { ...told, from: null, to: target, traffic: null, alias, alias_from: from, ...dropped };
    return recordChoice(path, record, async () => {
      await changeConfig(path, aliasMoved(model, { ...kept, [alias]: target }));
      return [`the alias ${alias} of ${name} stands for version ${target} again`];
    });
  }
  const target = to ?? (await earlier(model));
  const planned = await rollbackModel({ models, name, to: target, isPlanned: true });
  const { from } = planned;
  requireLasting(model.folder, planned.to, maker.ts);
  const traffic = { from: String(from), to: String(planned.to), traffic: 1 };
  const record = { ...told, ...traffic, alias: null, alias_from: null };
  return recordChoice(
    path,
    record,
    async () => (await rollbackModel({ models, name, to: planned.to })).notes,
  );
}

/** The version before the last promotion, where that is what answers now; undefined: the one below the highest. */
async function earlier({ folder, numbers, shares }: ChangeableModel): Promise<number | undefined> {
  const last = lastPromotion(await readHistory(folder.path), undefined);
  if (last === undefined || (shares.get(Number(last.to)) ?? 0) === 0) return undefined;
  return numbers.includes(Number(last.from)) ? Number(last.from) : undefined;
}

async function earlierOfAlias({ folder, config, numbers }: ChangeableModel, alias: string) {
  const from = config.aliases?.[alias];
  if (from === undefined) throw new Error(`${folder.name} has no alias ${alias}`);
  const last = lastPromotion(await readHistory(folder.path), alias);
  const again = `promote the version that it is to stand for`;
  if (last === undefined || last.alias_from === null || last.to !== from)
    throw new Error(`no promotion that made ${alias} stand for version ${from} is recorded: ${again}`);
  if (!numbers.includes(Number(last.alias_from)))
    throw new Error(
      `version ${last.alias_from}, for which ${alias} stood before, is no longer there: ${again}`,
    );
  return { from, target: last.alias_from };
}

/** The weights are written as they are now: a version with an alias is served, and the highest could take the traffic. */
function aliasMoved({ config, shares }: ChangeableModel, aliases: VersionAliases) {
  const { shadow } = config.traffic;
  const weights = Object.fromEntries(
    [...shares].filter(([, share]) => share > 0).map(([version, share]) => [String(version), share]),
  );
  return {
    aliases,
    traffic: { ...(shadow && { shadow }), ...(Object.keys(weights).length > 0 && { weights }) },
  };
}
