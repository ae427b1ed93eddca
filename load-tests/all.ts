/**
 * Runs every suite that has a budget, each in a process of its own, so that a suite that fails or hangs is reported
 * and the others still run.
 */
import { spawn } from "node:child_process";
import { budgets } from "./budgets.js";
import { heldArguments, heldEnvironment } from "./harness/held.js";
import { inRepository } from "./harness/places.js";
import { machine, type Report } from "./report.js";
import { type SuiteFailure, type Verdict, verdictsOf } from "./verdicts.js";

export interface AllReport {
  readonly suite: "all";
  readonly machine: string;
  readonly rows: readonly Verdict[];
  readonly failures: readonly SuiteFailure[];
}

/** Milliseconds after which a suite is stopped and counted as failed. */
const suiteMs = 20 * 60_000;

export const suitesWithBudgets = [...new Set(budgets.map(({ suite }) => suite))];

export async function holdAll(
  chosen: readonly string[],
  measure: (suite: string) => Promise<Report>,
  say: (line: string) => void,
): Promise<AllReport> {
  const rows: Verdict[] = [];
  const failures: SuiteFailure[] = [];
  for (const [i, suite] of chosen.entries()) {
    say(`[${i + 1}/${chosen.length}] ${suite}`);
    try {
      const found = verdictsOf(suite, (await measure(suite)).rows, budgets);
      rows.push(...found.verdicts);
      failures.push(...found.failures);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      say(`  ${suite} failed: ${reason}`);
      failures.push({ suite, reason });
    }
  }
  return { suite: "all", machine: machine(), rows, failures };
}

/**
 * Runs one suite in a process of its own and returns its report.
 * @param minutes how long a soak lasts
 * @throws Error when the suite ends without a report
 */
export async function measureApart(suite: string, minutes: number): Promise<Report> {
  const flags = [inRepository("dist/load-tests/bench.js"), suite, "--json", "--minutes", String(minutes)];
  const child = spawn(process.execPath, [...heldArguments, ...flags], {
    env: { ...process.env, ...heldEnvironment },
    stdio: ["pipe", "pipe", "inherit"],
    timeout: suiteMs,
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (...ended) => resolve(ended));
  });
  if (signal !== null) throw new Error(`it was ended by ${signal}; it has ${suiteMs / 60_000} minutes`);
  if (code !== 0) throw new Error(`it ended with ${code}; what it said is above`);
  return JSON.parse(said.trim().split("\n").at(-1) ?? "") as Report;
}
