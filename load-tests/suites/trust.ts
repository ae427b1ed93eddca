/**
 * Measures what TLS, JSON Web Tokens and quotas cost: the wire's job with each of them on, in turn with the same job
 * with it off, and how fast connections open with each kind of credential. A ratio of 1 means that it costs nothing.
 */
import type { ClientFrame } from "../../protocol/frames.js";
import { toWire } from "../../protocol/tensor.js";
import type { BareClient } from "../harness/bare-client.js";
import { loopRate } from "../harness/bare-loop.js";
import { askTimes } from "../harness/closed-loop.js";
import { interleaved } from "../harness/interleaved.js";
import { cost, median, type ReportRow, rate } from "../report.js";
import { model, type Side, type SideName, type Sides, sideNames, startSides } from "./trust-sides.js";

type PrintLine = (line: string) => void;

const sockets = 8;
const inFlight = 32;
const rounds = 5;
const singlesARound = 400;
/** Connections of one round, opened one after another on so many lanes. */
const opened = 300;
const lanes = 8;

/** Values for the rows of each call, so that the bytes differ. */
const features = new Float32Array(16 * 4_096).map(() => Math.random() - 0.5);

function request(id: number): ClientFrame {
  const data = features.subarray((id % 4_096) * 16, (id % 4_096) * 16 + 16);
  return { type: "infer", id, model, inputs: { X: toWire({ datatype: "FP32", shape: [1, 16], data }) } };
}

export async function trust(say: PrintLine): Promise<ReportRow[]> {
  const sides = await startSides();
  try {
    return [...(await throughput(sides, say)), await latency(sides, say), ...(await openings(sides, say))];
  } finally {
    await sides.close();
  }
}

const namesOf: Readonly<Record<Exclude<SideName, "off">, string>> = {
  tls: "TLS",
  jwt: "JSON Web Tokens",
  quotas: "quotas",
  all: "all three",
};

async function throughput({ of }: Sides, say: PrintLine): Promise<ReportRow[]> {
  const clients = new Map<SideName, BareClient[]>();
  for (const name of sideNames)
    clients.set(name, await Promise.all(Array.from({ length: sockets }, () => of[name].open())));
  const measures = Object.fromEntries(
    sideNames.map((name) => [name, (ms: number) => loopRate(clients.get(name) ?? [], inFlight, ms, request)]),
  ) as Record<SideName, (ms: number) => Promise<number>>;
  const found = await interleaved(measures, "inferences/s", say);
  for (const client of [...clients.values()].flat()) client.close();
  const names = Object.keys(namesOf) as (keyof typeof namesOf)[];
  return names.map((name) =>
    rate(
      `${sockets} sockets x ${inFlight} in flight, with ${namesOf[name]}`,
      "1/s",
      found[name],
      "without",
      found.off,
    ),
  );
}

async function latency({ of }: Sides, say: PrintLine): Promise<ReportRow> {
  const clients = { off: await of.off.open(), tls: await of.tls.open() };
  const times = { off: [] as number[], tls: [] as number[] };
  for (let round = 0; round <= rounds; round++)
    for (const name of ["off", "tls"] as const) {
      const client = clients[name];
      const ask = (call: number) => {
        client.send(request(call + 1));
        return client.answer(call + 1);
      };
      const each = median(await askTimes(singlesARound, ask)) * 1_000;
      if (round > 0) times[name].push(each); // the first round warms both up
    }
  clients.off.close();
  clients.tls.close();
  say(
    `  p50: ${times.tls.map(Math.round).join(" ")} us, without TLS ${times.off.map(Math.round).join(" ")} us`,
  );
  return cost("p50 at 1 in flight, with TLS", "us", median(times.tls), "without", median(times.off));
}

/** How fast connections open: the upgrade, the credential, `hello` and `welcome`. */
async function openings({ of, issuer, apiKey }: Sides, say: PrintLine): Promise<ReportRow[]> {
  const known = issuer.token();
  const fresh = Array.from({ length: opened * (rounds + 1) }, () => issuer.token());
  let next = 0;
  const found = await interleaved(
    {
      none: () => openingRate(() => of.off.openWith(undefined)),
      key: () => openingRate(() => of.jwt.openWith(apiKey)),
      known: () => openingRate(() => of.jwt.openWith(known)),
      fresh: () => openingRate(() => of.jwt.openWith(fresh[next++])),
      tls: () => openingRate(() => of.tls.openWith(apiKey)),
      agent: () => openingRate(() => of.tls.openWith(undefined, true)),
    },
    "connections/s",
    say,
  );
  const row = (name: string, value: number, peer: string, peerValue: number) =>
    rate(`connections a second, ${name}`, "1/s", value, peer, peerValue);
  return [
    row("with an API key", found.key, "without a credential", found.none),
    row("with a JSON Web Token seen before", found.known, "with an API key", found.key),
    row("with a new JSON Web Token each", found.fresh, "with an API key", found.key),
    row("over TLS with an API key", found.tls, "the same without TLS", found.key),
    row("over TLS with a client certificate", found.agent, "over TLS with an API key", found.tls),
  ];
}

async function openingRate(open: Side["open"]): Promise<number> {
  const started = performance.now();
  let left = opened;
  const lane = async () => {
    while (left-- > 0) (await open()).close();
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return opened / ((performance.now() - started) / 1_000);
}
