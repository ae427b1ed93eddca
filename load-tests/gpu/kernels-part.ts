/**
 * Runs the conformance cases of the kernels, and the fits that depend on them, on the device, each with a time limit.
 */
import { CheckProcess, type ProcessAnswer } from "./check-process.js";
import { fitCases } from "./fit-cases.js";
import { kernelCases } from "./kernel-cases.js";
import type { CheckResult } from "./questions.js";
import type { RunPart } from "./run-part.js";

/** Milliseconds for one case, most of which is compilation. */
const caseMs = 15_000;

interface KernelOutcome {
  readonly name: string;
  /** The reason of a failure; null when the case passed. */
  readonly why: string | null;
  readonly worst: number | null;
  readonly mode: string | null;
}

export const kernelsPart: RunPart = async ({ small, seconds }, keep, say) => {
  const until = performance.now() + seconds * 1_000;
  const checks = new CheckProcess();
  const adapter = await checks.ask({ kind: "adapter", software: small }, caseMs);
  if (!adapter.ok) return { figures: { passed: 0, cases: [] }, failures: [`no adapter: ${adapter.why}`] };
  const asked = [
    ...kernelCases.map(({ name }, at) => ({ name, kind: "kernel case" as const, at })),
    ...fitCases.map(({ fit, data }, at) => ({ name: `${fit} of ${data}`, kind: "fit case" as const, at })),
  ];
  const cases: KernelOutcome[] = [];
  for (const { name, kind, at } of asked) {
    const late = performance.now() >= until;
    const told: ProcessAnswer<CheckResult> = late
      ? { ok: false, why: `not begun: ${seconds} s were over` }
      : await checks.ask({ kind, at, software: small }, caseMs);
    cases.push(outcome(name, told));
    keep(partOf(cases));
    if (!told.ok) say(`  ${name}: ${told.why}`);
  }
  checks.stop();
  const part = partOf(cases);
  const worst = Math.max(0, ...cases.map((each) => each.worst ?? 0));
  say(`  ${part.figures.passed} of ${cases.length} cases passed, the worst off by ${worst.toExponential(1)}`);
  return part;
};

function outcome(name: string, told: ProcessAnswer<CheckResult>): KernelOutcome {
  if (!told.ok) return { name, why: told.why, worst: null, mode: null };
  const { worst, mode } = told.answer;
  const why = mode === "webgpu" ? null : `it ran on ${mode}, not on webgpu`;
  return { name, why, worst, mode };
}

function partOf(cases: readonly KernelOutcome[]) {
  const failures = cases.filter(({ why }) => why !== null).map(({ name, why }) => `${name}: ${why}`);
  return { figures: { passed: cases.length - failures.length, cases: [...cases] }, failures };
}
