/** Waits so long, or until the signal is aborted if that is sooner. Leaves neither a timer nor a listener behind. */
import type { Clock } from "../clock.js";
import { Settlement } from "./settlement.js";

export async function pause(ms: number, clock: Clock, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return;
  const settlement = new Settlement<void>();
  const end = () => void settlement.resolve();
  settlement.after(ms, clock, end);
  signal?.addEventListener("abort", end);
  await settlement.answer;
  signal?.removeEventListener("abort", end);
}
