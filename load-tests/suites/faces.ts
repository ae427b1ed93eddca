/**
 * Measures one model and one load through each face of the gateway, and through other HTTP servers: sixteen requests
 * in flight, and one. All sides are measured in turn, round by round. Each request has other bytes, nothing is cached.
 */
import { askRate, askTimes } from "../harness/closed-loop.js";
import { interleaved } from "../harness/interleaved.js";
import { cost, median, type ReportRow, rate } from "../report.js";
import { type Ask, type FaceSides, inFlight, startFaceSides } from "./faces-sides.js";

type PrintLine = (line: string) => void;

const rounds = 5;
const singlesARound = 400;

export async function faces(say: PrintLine): Promise<ReportRow[]> {
  const sides = await startFaceSides();
  try {
    return [...(await throughput(sides, say)), ...(await latencies(sides, say))];
  } finally {
    await sides.close();
  }
}

const peerNames = {
  fastapi: "FastAPI, uvicorn, JSON",
  mlserver: "MLServer, JSON",
  bare: "bare node:http, binary",
};

async function throughput({ ours, peers, missing }: FaceSides, say: PrintLine): Promise<ReportRow[]> {
  const measures = Object.fromEntries(
    [...ours, ...peers].map(([name, ask]) => [
      name,
      (ms: number) => askRate({ lanes: inFlight, durationMs: ms }, ask),
    ]),
  );
  const found = await interleaved(measures, "inferences/s", say);
  const against = (face: string, peer: keyof typeof peerNames) => {
    const why = missing.get(peer);
    const name = `${inFlight} in flight, ${face}, against ${peerNames[peer]}`;
    return rate(name, "1/s", found[face] ?? null, why ?? peerNames[peer], found[peer] ?? null);
  };
  const names = [...ours.keys()];
  return [
    ...names.map((face) => against(face, "fastapi")),
    ...names.filter((face) => face.startsWith("HTTP")).map((face) => against(face, "mlserver")),
    against("HTTP binary", "bare"),
  ];
}

async function latencies({ ours, peers }: FaceSides, say: PrintLine): Promise<ReportRow[]> {
  const sides = new Map([...ours, ...peers]);
  const times = new Map<string, number[]>([...sides.keys()].map((name) => [name, []]));
  for (const ask of sides.values()) await askTimes(singlesARound, ask);
  for (let round = 0; round < rounds; round++)
    for (const [name, ask] of sides) times.get(name)?.push(await p50(ask));
  for (const [name, each] of times) say(`  p50 of ${name}: ${each.map(Math.round).join(" ")} us`);
  const of = (name: string) => (times.has(name) ? median(times.get(name) ?? []) : null);
  return [...ours.keys()].map((face) =>
    cost(`p50 at 1 in flight, ${face}`, "us", of(face), peerNames.bare, of("bare")),
  );
}

async function p50(ask: Ask): Promise<number> {
  return median(await askTimes(singlesARound, ask)) * 1_000;
}
