/**
 * Waits for a time, or until the signal is aborted if that is sooner. Its timer and its listener are removed
 * afterwards.
 */
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
