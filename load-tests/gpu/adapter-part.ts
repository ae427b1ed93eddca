/** The part of the GPU check that reports which adapter WebGPU finds on this machine. */
import { CheckProcess } from "./check-process.js";
import type { RunPart } from "./run-part.js";

export const adapterPart: RunPart = async ({ small }, _keep, say) => {
  const checks = new CheckProcess();
  const told = await checks.ask({ kind: "adapter", software: small }, 12_000);
  checks.stop();
  if (!told.ok) return { figures: { adapter: null }, failures: [`no adapter: ${told.why}`] };
  say(`  ${told.answer.description}${told.answer.software ? " (a software renderer)" : ""}`);
  return { figures: { adapter: told.answer }, failures: [] };
};
