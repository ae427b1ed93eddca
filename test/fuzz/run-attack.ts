/** Carries out one attack and judges what came of it. */
import { setImmediate as turn } from "node:timers/promises";
import type { Attack, HttpExpectation, WebSocketExpectation } from "./attack.js";
import { AttackSocket } from "./attack-socket.js";
import { goodbye } from "./framing.js";
import { SessionRecord } from "./session-record.js";

/** Far more than any answer takes: only what would never come is late. */
const patienceMs = 120_000;

export interface Outcome {
  readonly problems: readonly string[];
  /** Answers by kind, HTTP statuses and close codes, each with how often it came. */
  readonly counts: ReadonlyMap<string, number>;
}

export function runAttack(port: number, attack: Attack): Promise<Outcome> {
  const { expected } = attack;
  return expected.kind === "http" ? runHttp(port, attack, expected) : runWebSocket(port, attack, expected);
}

async function runHttp(port: number, attack: Attack, expected: HttpExpectation): Promise<Outcome> {
  const peer = await AttackSocket.open(port, false, () => {});
  await write(peer, attack);
  const problems: string[] = [];
  if (attack.ending === "reset") peer.socket.resetAndDestroy();
  else {
    // Node answers nothing more once its client has ended its side, so the answers are waited for first.
    await until(peer, () => peer.ended || peer.answers().length >= expected.least);
    if (attack.ending === "end") peer.socket.end();
    if (!(await until(peer, () => peer.ended))) problems.push("the connection was not ended");
  }
  const answers = peer.answers();
  const counts = new Map<string, number>();
  for (const { status } of answers) counts.set(`HTTP ${status}`, (counts.get(`HTTP ${status}`) ?? 0) + 1);
  peer.socket.destroy();
  for (const { status, body } of answers)
    if (!documented.has(status)) problems.push(`HTTP ${status}: ${body.slice(0, 200)}`);
  const final = answers.filter(({ status }) => status !== 100);
  const most = expected.most + (refusals.has(final.at(-1)?.status ?? 0) ? 1 : 0);
  if (attack.ending !== "reset" && (final.length < expected.least || final.length > most))
    problems.push(`${final.length} answers to what asks for ${expected.least} to ${expected.most}`);
  return { problems, counts };
}

/** Statuses that end a connection whose bytes after the last request were none. */
const refusals: ReadonlySet<number> = new Set([400, 408, 413, 431]);

const documented: ReadonlySet<number> = new Set([
  ...[
    100, 101, 200, 204, 400, 401, 403, 404, 405, 406, 408, 409, 413, 414, 415, 417, 422, 426, 429, 431, 501,
    503, 504,
  ],
]);

async function runWebSocket(port: number, attack: Attack, expected: WebSocketExpectation): Promise<Outcome> {
  const record = new SessionRecord(expected);
  const peer = await AttackSocket.open(port, true, (message) => record.take(message));
  if (attack.deaf) peer.socket.pause();
  await write(peer, attack);
  peer.socket.resume();
  const problems =
    attack.ending === "answers" ? await conclude(peer, record, expected) : await leave(peer, attack);
  if (peer.status !== undefined && !expected.statuses.includes(peer.status))
    problems.push(`HTTP ${peer.status} to the upgrade, expected ${expected.statuses.join(" or ")}`);
  peer.socket.destroy();
  const counts = new Map(record.counts);
  if (peer.closeCode !== undefined) counts.set(`close ${peer.closeCode}`, 1);
  if (peer.status !== undefined) counts.set(`HTTP ${peer.status}`, 1);
  return { problems: [...problems, ...record.problems, ...peer.complaints], counts };
}

async function write({ socket }: AttackSocket, { writes }: Attack): Promise<void> {
  for (const bytes of writes) {
    if (socket.destroyed || !socket.writable) return;
    socket.write(bytes);
    await turn();
  }
}

/** The gateway must end what its client has ended. */
async function leave(peer: AttackSocket, { ending }: Attack): Promise<string[]> {
  if (ending === "reset") {
    peer.socket.resetAndDestroy();
    return [];
  }
  peer.socket.end();
  return (await until(peer, () => peer.ended)) ? [] : ["the connection was not ended after the client's end"];
}

/** Waits for all answers, or for the gateway to close where it must or may; then closes from this side. */
async function conclude(
  peer: AttackSocket,
  record: SessionRecord,
  { mustClose, mayClose, statuses }: WebSocketExpectation,
): Promise<string[]> {
  const isClosed = () => peer.closeCode !== undefined || peer.ended;
  const isRefused = () => peer.status !== undefined && peer.status !== 101;
  const isDone = () =>
    isClosed() || isRefused() || (mustClose.length === 0 && peer.status === 101 && record.complete);
  if (!(await until(peer, isDone)))
    return mustClose.length > 0
      ? [`not closed; expected ${mustClose.join(" or ")}`]
      : [`${[...record.open.values()].reduce((sum, each) => sum + each, 0)} requests were not answered`];
  // A refused upgrade is answered and ended at once. What the client had sent after it resets the connection, and then
  // the answer may be lost.
  const mayBeRefused = statuses.some((status) => status !== 101);
  if (isRefused() || (peer.status === undefined && mayBeRefused)) return [];
  const allowed = [...mustClose, ...mayClose];
  if (isClosed()) {
    const code = peer.closeCode ?? 1006;
    return allowed.includes(code)
      ? []
      : [`closed with ${code}, allowed is ${allowed.join(" or ") || "none"}`];
  }
  peer.socket.write(goodbye);
  if (!(await until(peer, () => peer.ended)))
    return ["the connection was not ended after the client's close"];
  const code = peer.closeCode ?? 1006;
  return code === 1000 || mayClose.includes(code) ? [] : [`closed with ${code} in answer to 1000`];
}

/** True once `isDone` is; false when it has not been for a long time. */
function until(peer: AttackSocket, isDone: () => boolean): Promise<boolean> {
  if (isDone()) return Promise.resolve(true);
  return new Promise((resolve) => {
    const end = (result: boolean) => {
      clearTimeout(late);
      peer.changed = () => {};
      resolve(result);
    };
    const late = setTimeout(() => end(false), patienceMs);
    peer.changed = () => {
      if (isDone()) end(true);
    };
  });
}
