/** Keeps what a run found as files, from which it can be replayed, and says it in a few lines. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Attack, attackFrom, attackText } from "./attack.js";
import type { Finding } from "./storm.js";

const folder = process.env["HEADGATE_FUZZ_OUT"] ?? join(tmpdir(), "headgate-fuzz-findings");

/** Writes each finding's attack to a file; a line for each, with the command that replays it. */
export function kept(seed: number, findings: readonly Finding[]): readonly string[] {
  return findings.map(({ attack, problems }) => {
    const file = written(seed, attack);
    return `${attack.kind} attack ${attack.number} (${attack.name}): ${problems.join("; ").slice(0, 500)}\n    HEADGATE_FUZZ_REPLAY=${file} npm run test:fuzz`;
  });
}

/** Writes the attacks that were under way when the gateway ended. */
export function keptSuspects(seed: number, suspects: readonly Attack[]): readonly string[] {
  return suspects.map((attack) => `under way when the gateway ended: ${written(seed, attack)}`);
}

export function attackIn(file: string): Attack {
  return attackFrom(readFileSync(file, "utf8"));
}

function written(seed: number, attack: Attack): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${seed}-${attack.kind}-${attack.number}.json`);
  writeFileSync(file, attackText(attack));
  return file;
}
