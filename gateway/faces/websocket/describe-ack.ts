/**
 * The answer to `describe`, encoded once for all clients while nothing changes: one message may contain thousands of
 * these requests.
 */
import { SharedAnswer } from "../../../protocol/shared-answer.js";
import type { ServablesAnswer } from "../../requests/descriptions.js";

const made = new WeakMap<ServablesAnswer, SharedAnswer>();

export function describeAck(answer: ServablesAnswer): SharedAnswer {
  const known = made.get(answer);
  if (known !== undefined) return known;
  const shared = new SharedAnswer({ ...answer });
  made.set(answer, shared);
  return shared;
}
