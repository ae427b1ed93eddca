/** Carries out attacks, several at a time, until enough frames and requests were sent. */
import type { Attack } from "./attack.js";
import { runAttack } from "./run-attack.js";

export interface Finding {
  readonly attack: Attack;
  readonly problems: readonly string[];
}

export interface StormOptions {
  readonly port: number;
  /** Connections at a time. */
  readonly lanes: number;
  /** Frames or HTTP requests to send at least. */
  readonly size: number;
  /** The attack of a number. */
  readonly attack: (number: number) => Attack;
  /** Whether the gateway still runs: without it no further attack is begun. */
  readonly alive: () => boolean;
  readonly progress?: (sent: number) => void;
}

export interface StormReport {
  readonly attacks: number;
  readonly sent: number;
  readonly findings: readonly Finding[];
  readonly counts: ReadonlyMap<string, number>;
  /** When the gateway ended: the attacks that were under way, and those just before them. */
  readonly suspects: readonly Attack[];
}

const findingsMax = 50;
const recentMax = 64;

export async function storm(options: StormOptions): Promise<StormReport> {
  const { port, lanes, size, attack: attackOf, alive, progress } = options;
  const counts = new Map<string, number>();
  const findings: Finding[] = [];
  const recent: Attack[] = [];
  let [next, sent] = [0, 0];
  const lane = async () => {
    while (sent < size && alive() && findings.length < findingsMax) {
      const attack = attackOf(next++);
      sent += attack.size;
      recent.push(attack);
      if (recent.length > recentMax) recent.shift();
      const { problems, counts: found } = await runAttack(port, attack).catch(couldNot);
      if (problems.length > 0) findings.push({ attack, problems });
      for (const [kind, count] of found) counts.set(kind, (counts.get(kind) ?? 0) + count);
      progress?.(sent);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return { attacks: next, sent, findings, counts, suspects: alive() ? [] : recent };
}

/** The gateway did not take a connection: the attack was not carried out, and that is a finding of its own. */
function couldNot(error: unknown) {
  return { problems: [`could not connect: ${String(error)}`], counts: new Map<string, number>() };
}
