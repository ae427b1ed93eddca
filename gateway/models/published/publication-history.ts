/** The records of a publication: what it changed of who answers, told as promotions are. Pure. */
import { chooseVersions, type ModelConfig } from "../../../engines/onnx/model-config.js";
import type { ModelFolder } from "../../../engines/onnx/model-folder.js";
import { sharesOf } from "../../../engines/onnx/repository-commands/list-models.js";
import type { PromotionRecord } from "../../../protocol/promotion-frames.js";
import type { Publication } from "../../../protocol/train-frames.js";
import { largest } from "./promote-model.js";
import type { ChoiceMaker } from "./recorded-choice.js";

/**
 * One record of the traffic, with the first alias, and one of each further alias; none of a version that stands by.
 * @param known the model before; undefined: it is new
 * @param written the config that shares the traffic from now on
 */
export function publicationRecords(
  { aliases = [] }: Pick<Publication, "aliases">,
  version: number,
  known: ModelFolder | undefined,
  written: Pick<ModelConfig, "traffic">,
  maker: ChoiceMaker,
): readonly PromotionRecord[] {
  const config = known === undefined || "reason" in known.config ? undefined : known.config;
  const numbers = known?.versions.map((each) => each.version) ?? [];
  const before = config && largest(sharesOf(config, chooseVersions(config, numbers)));
  const share = written.traffic.weights?.[String(version)] ?? 0;
  const of = (traffic: number | null, alias: string | undefined): PromotionRecord => ({
    action: "publish",
    ts: maker.ts,
    by: maker.by,
    reason: maker.reason ?? null,
    from: traffic ? (before ?? null) : null,
    to: String(version),
    traffic,
    alias: alias ?? null,
    alias_from: (alias !== undefined && config?.aliases?.[alias]) || null,
  });
  const [first, ...others] = aliases;
  if (share === 0 && first === undefined) return [];
  return [of(share > 0 ? share : null, first), ...others.map((alias) => of(null, alias))];
}
