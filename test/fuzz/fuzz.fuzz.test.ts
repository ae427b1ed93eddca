/**
 * `npm run test:fuzz`: a real gateway is attacked over sockets with frames of every type, right, changed and raw, and
 * with HTTP requests, while another tenant works. HEADGATE_FUZZ_FRAMES and HEADGATE_FUZZ_REQUESTS say how many,
 * HEADGATE_FUZZ_SEED repeats a run, HEADGATE_FUZZ_REPLAY=file repeats one attack.
 */
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type AttackedGateway, type GatewayMemory, startAttackedGateway } from "./attacked-gateway.js";
import { tokens } from "./credentials.js";
import { attackIn, kept, keptSuspects } from "./findings.js";
import { httpAttack } from "./http-attack.js";
import { minimised } from "./minimise.js";
import { runAttack } from "./run-attack.js";
import type { Catalog } from "./servables.js";
import { type StormReport, storm } from "./storm.js";
import { webSocketAttack } from "./websocket-attack.js";
import { Witness } from "./witness.js";
import { WitnessClient } from "./witness-client.js";

const setting = (name: string, otherwise: number) =>
  Number(process.env[`HEADGATE_FUZZ_${name}`] ?? otherwise);
const frames = setting("FRAMES", 1_000_000);
const requests = setting("REQUESTS", 100_000);
const seed = setting("SEED", 8_470);
const replay = process.env["HEADGATE_FUZZ_REPLAY"];

const lanes = 32;
/** The share of the attacks after which memory is level: caches are full and code is compiled. */
const warmShare = 0.2;

let gateway: AttackedGateway;
let catalog: Catalog;
let routes: readonly string[];
let descriptorsBefore: number;

beforeAll(async () => {
  gateway = await startAttackedGateway();
  descriptorsBefore = await gateway.descriptors();
  const client = await WitnessClient.open(gateway.port, tokens.witness);
  catalog = (await client.ask({ type: "describe", id: 0 })) as unknown as Catalog;
  client.close();
  routes = await routesOf(gateway.port);
});

/** The gateway's paths, as its answer to an unknown one lists them: a new route is attacked like the others. */
async function routesOf(port: number): Promise<readonly string[]> {
  const answer = await fetch(`http://127.0.0.1:${port}/nothing`);
  const listed = (await answer.text()).match(/\/[\w.:/-]+/g) ?? [];
  expect(listed).toContain("/v2/health/live");
  return listed;
}

afterAll(async () => void (await gateway?.stop()));

const say = (line: string) => console.log(line);

async function attackBy(
  name: string,
  size: number,
  attack: Parameters<typeof storm>[0]["attack"],
): Promise<StormReport> {
  const begun = performance.now();
  const report = await storm({ port: gateway.port, lanes, size, attack, alive: () => gateway.alive });
  const seconds = (performance.now() - begun) / 1_000;
  const counts = [...report.counts].sort(([, a], [, b]) => b - a).map(([kind, count]) => `${kind} ${count}`);
  say(
    `${report.sent} ${name} in ${report.attacks} connections, ${Math.round(report.sent / seconds)} a second`,
  );
  say(`  ${counts.join(", ")}`);
  return report;
}

it.skipIf(replay !== undefined)(
  `survives ${frames} frames and ${requests} HTTP requests, seed ${seed}`,
  async () => {
    say(`HEADGATE_FUZZ_SEED=${seed}`);
    const witness = await Witness.at(gateway.port, catalog);
    const warm = Math.ceil(frames * warmShare);
    const ofFrames = (from: number) => (number: number) => webSocketAttack(seed, from + number, catalog);
    const ofRequests = (from: number) => (number: number) => httpAttack(seed, from + number, routes, catalog);
    const warming = [
      await attackBy("frames", warm, ofFrames(0)),
      await attackBy("requests", Math.ceil(requests * warmShare), ofRequests(0)),
    ];
    const before = await gateway.memory();
    const [first = { attacks: 0 }, second = { attacks: 0 }] = warming;
    const reports = [
      ...warming,
      await attackBy("frames", frames - warm, ofFrames(first.attacks)),
      await attackBy("requests", requests - Math.ceil(requests * warmShare), ofRequests(second.attacks)),
    ];
    const testimony = await witness.testify();
    say(`the witness: ${testimony.answers} answers, ${testimony.steps} steps, ${testimony.events} events`);

    const suspects = reports.flatMap((report) => report.suspects);
    const findings = reports.flatMap((report) => report.findings);
    expect(gateway.alive, keptSuspects(seed, suspects).join("\n")).toBe(true);
    expect.soft(kept(seed, findings)).toEqual([]);
    expect.soft(testimony.problems).toEqual([]);
    expect.soft(gateway.badLines).toEqual([]);
    // Sockets that were reset are gone once the gateway has seen it.
    await vi
      .waitUntil(async () => (await gateway.descriptors()) <= descriptorsBefore, 60_000)
      .catch(() => {});
    expect.soft(await gateway.descriptors()).toBeLessThanOrEqual(descriptorsBefore);
    const after = await gateway.memory();
    say(`memory after the warm-up ${shown(before)}, at the end ${shown(after)}`);
    expect.soft(after.heapMb).toBeLessThan(before.heapMb * 1.25 + 8);
    expect.soft(after.ownMb).toBeLessThan(before.ownMb * 1.25 + 32);
    expect(await gateway.stop()).toBe(0);
  },
);

const shown = ({ heapMb, ownMb, fileMb }: GatewayMemory) =>
  `${heapMb.toFixed(1)} MB heap, ${ownMb.toFixed(0)} MB of its own, ${fileMb.toFixed(0)} MB of files`;

it.runIf(replay !== undefined)("the replayed attack brings no finding", async () => {
  const attack = attackIn(replay ?? "");
  const { problems } = await runAttack(gateway.port, attack);
  if (problems.length > 0) {
    const brings = async (smaller: typeof attack) =>
      gateway.alive &&
      (await runAttack(gateway.port, smaller)).problems.some((each) => problems.includes(each));
    const smallest = await minimised(attack, brings);
    say(`${smallest.writes.length} of ${attack.writes.length} writes bring it:`);
    for (const bytes of smallest.writes) say(`  ${bytes.toString("hex").slice(0, 2_000)}`);
  }
  expect(problems).toEqual([]);
  expect(gateway.alive).toBe(true);
});
