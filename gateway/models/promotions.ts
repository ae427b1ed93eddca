/** Carries out promotions and rollbacks of served models: one after another, recorded, and proven before they answer. */
import { accessSync, constants } from "node:fs";
import { basename, dirname } from "node:path";
import type { Logger } from "pino";
import { HeadgateError } from "../../protocol/errors.js";
import { shown } from "../../protocol/fields.js";
import type { ModelPromoted, PromotionRecord } from "../../protocol/promotion-frames.js";
import type { Principal } from "../auth/principal.js";
import type { Clock } from "../clock.js";
import { writeFaultOf } from "../storage/write-fault.js";
import { diskRefusal } from "./folder-writer.js";
import type { LiveModels } from "./live-models.js";
import type { ModelTurns } from "./published/model-turns.js";
import { promoteModel } from "./published/promote-model.js";
import type { ChoiceMaker, RecordedChoice } from "./published/recorded-choice.js";
import { rollbackPromotion } from "./published/rollback-promotion.js";

export interface PromotionRequest {
  readonly model: string;
  /** A version's number, or the alias that stands for it. */
  readonly version: string;
  readonly alias?: string | undefined;
  readonly traffic?: number | undefined;
  readonly reason?: string | undefined;
}

export interface RollbackRequest {
  readonly model: string;
  readonly alias?: string | undefined;
  readonly reason?: string | undefined;
}

export interface PromotionDependencies {
  readonly live: Pick<LiveModels, "folderOf" | "serve" | "refresh">;
  readonly turns: ModelTurns;
  readonly clock: Pick<Clock, "wall">;
  readonly log: Pick<Logger, "info">;
  /** Called once the chosen version serves. */
  readonly promoted: (event: ModelPromoted) => void;
}

interface ChoicePlace {
  readonly models: string;
  readonly name: string;
}

type Choice = (place: ChoicePlace, maker: ChoiceMaker) => Promise<RecordedChoice>;

export class Promotions {
  constructor(private readonly dependencies: PromotionDependencies) {}

  /**
   * Settles once the version serves with its share and its alias.
   * @throws HeadgateError not_found, or failed_precondition with the reason; then nothing is changed
   */
  promote(request: PromotionRequest, principal: Principal): Promise<PromotionRecord> {
    const { version, alias, traffic } = request;
    return this.carryOut(request, principal, (place, maker) =>
      promoteModel({ ...place, version, alias, traffic }, maker),
    );
  }

  /** As `promote`, with the version before the last promotion. */
  rollback(request: RollbackRequest, principal: Principal): Promise<PromotionRecord> {
    const { alias } = request;
    return this.carryOut(request, principal, (place, maker) => rollbackPromotion({ ...place, alias }, maker));
  }

  private carryOut(
    { model, reason }: RollbackRequest,
    { subject }: Pick<Principal, "subject">,
    choose: Choice,
  ): Promise<PromotionRecord> {
    const { turns, clock, log, promoted } = this.dependencies;
    return turns.run(model, async () => {
      const path = this.requireWritable(model);
      const place = { models: dirname(path), name: basename(path) };
      const maker = { by: subject, ts: clock.wall(), reason };
      const choice = await choose(place, maker).catch((error: unknown) => {
        throw refusalOf(error, place.models);
      });
      await this.bringIntoService(model, choice, place.models);
      log.info({ model, ...choice.record }, "the traffic or an alias of a model was changed");
      promoted({ kind: "model_promoted", model, ...choice.record });
      return choice.record;
    });
  }

  /** The model's folder. */
  private requireWritable(model: string): string {
    const folder = this.dependencies.live.folderOf(model);
    if (folder === undefined)
      throw new HeadgateError("not_found", `model: the repository has no model ${shown(model)}`);
    try {
      accessSync(folder.path, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch (error) {
      const reason = writeFaultOf(error)?.reason ?? "it is not there";
      throw refused(
        `model: the folder of ${model} is the operator's, and this gateway cannot write to it: ${reason}; run \`headgate models promote\` where it can be written`,
      );
    }
    return folder.path;
  }

  private async bringIntoService(model: string, choice: RecordedChoice, models: string): Promise<void> {
    const { live } = this.dependencies;
    try {
      await live.serve(model, Number(choice.record.to));
    } catch (error) {
      await choice.undo();
      await live.refresh(model);
      throw refusalOf(error, models);
    }
  }
}

/** @param models a folder whose path is not told to clients */
function refusalOf(error: unknown, models: string): HeadgateError {
  const told = diskRefusal("the promotion could not be written to the disk", error);
  if (told instanceof HeadgateError) return told;
  const reason = told instanceof Error ? told.message : String(told);
  return refused(`model: ${reason.replaceAll(`${models}/`, "")}`);
}

function refused(message: string): HeadgateError {
  return new HeadgateError("failed_precondition", message);
}
