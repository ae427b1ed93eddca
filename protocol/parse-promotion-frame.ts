/** Validates the frames that choose among a model's versions. */
import { type Fields, has, readNumber, readString } from "./fields.js";
import { limits } from "./limits.js";
import { readAlias, readModelName } from "./parse-publication.js";
import type { PromoteFrame, RollbackFrame } from "./promotion-frames.js";

export function parsePromote(frame: Fields): Omit<PromoteFrame, "type" | "id"> {
  return {
    model: readModelName(frame, "model"),
    version: readString(frame, "version", limits.name_length_max),
    ...(has(frame, "traffic") && { traffic: readNumber(frame, "traffic", 0, 1) }),
    ...readAliasAndReason(frame),
  };
}

export function parseRollback(frame: Fields): Omit<RollbackFrame, "type" | "id"> {
  return { model: readModelName(frame, "model"), ...readAliasAndReason(frame) };
}

function readAliasAndReason(frame: Fields): Pick<RollbackFrame, "alias" | "reason"> {
  return {
    ...(has(frame, "alias") && { alias: readAlias(frame, "alias") }),
    ...(has(frame, "reason") && { reason: readString(frame, "reason", limits.promotion_reason_length_max) }),
  };
}
