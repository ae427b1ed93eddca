/** The deadline and the priority of a request, where it says them and where it does not. */
import type { Servable } from "../../engines/servable.js";
import { invalidArgument } from "../../protocol/errors.js";
import type { QuotaAccount } from "../quotas/quota-account.js";

/** Milliseconds until the deadline, counted from receipt. 0 or absent: the servable's default. */
export function timeoutOf(
  { scheduling }: Servable,
  { timeoutMs }: { readonly timeoutMs?: number | undefined },
): number {
  return timeoutMs || scheduling.defaultTimeoutMs;
}

/** @throws HeadgateError when the servable has no such level, or the tenant may not ask for it */
export function priorityOf(
  { signature, scheduling: { defaultPriority, priorityLevels } }: Servable,
  priority: number | undefined,
  account: QuotaAccount | undefined,
): number {
  const asked = priority || undefined; // 0 means the default
  if (asked !== undefined && asked > priorityLevels)
    throw invalidArgument(
      "priority",
      `${signature.name} has levels 1 (highest) to ${priorityLevels}, got ${asked}`,
    );
  return account?.priority(asked, defaultPriority, priorityLevels) ?? asked ?? defaultPriority;
}
