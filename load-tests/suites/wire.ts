/**
 * Measures how fast a 16-feature MLP answers over a socket, compared with bare `ws` sending the same bytes back, and
 * with the same model behind other servers. Both sides of a row are measured in turn, several rounds; the row is the
 * median round. Every request has other bytes, nothing is cached, and both sides may use all cores.
 */
import { connect, type Gate, tensor } from "../../client/typescript/index.js";
import { msgpackCodec } from "../../protocol/msgpack.js";
import { startNode } from "../harness/child.js";
import { askRate, askTimes } from "../harness/closed-loop.js";
import { bytesOf, EchoClient } from "../harness/echo.js";
import { startGateway } from "../harness/gateway.js";
import { interleaved } from "../harness/interleaved.js";
import { inRepository } from "../harness/places.js";
import { cost, median, type ReportRow, rate } from "../report.js";
import { againstPeers, type WireJob } from "./wire-peers.js";

const sockets = 8;
const inFlight = 32;
const rounds = 5;
const singles = 2_000;

const model = "market-impact";
const modelPath = inRepository(`models/${model}/1/model.onnx`);

/** Values for the rows of each call, so that the bytes differ. */
const features = new Float32Array(16 * 4_096).map(() => Math.random() - 0.5);
const row = (call: number) => features.subarray((call % 4_096) * 16, (call % 4_096) * 16 + 16);

export async function wire(say: (line: string) => void): Promise<ReportRow[]> {
  const gateway = await startGateway();
  const echo = await startNode("load-tests/peers/ws-echo.js", []);
  const gates = await Promise.all(
    Array.from({ length: sockets }, () => connect(`ws://127.0.0.1:${gateway.port}/v1`)),
  );
  const echoes = await Promise.all(Array.from({ length: sockets }, () => EchoClient.open(echo.port)));
  try {
    await requireBackend(gates[0] as Gate);
    return [
      ...(await throughput(gates, echoes, say)),
      await latency(gates[0] as Gate, echoes[0] as EchoClient, say),
      ...(await againstPeers(job(gates), say)),
    ];
  } finally {
    await Promise.all(gates.map((gate) => gate.close()));
    for (const client of echoes) client.close();
    await Promise.all([gateway.stop(), echo.stop()]);
  }
}

const ask = (gate: Gate, call: number) => gate.infer(model, { X: tensor(row(call), [1, 16]) });

/** Throws when a fallback backend or a cache would answer, because the row would then measure something else. */
async function requireBackend(gate: Gate): Promise<void> {
  const { backend, source, cached } = await ask(gate, 0);
  if (backend !== "onnxruntime-cpu" || source !== "gateway" || cached)
    throw new Error(`asked ONNX Runtime through the gateway, got ${backend} from ${source}`);
}

/** The exact bytes of a request on the wire. */
function frame(call: number): Uint8Array {
  const { buffer, byteOffset, byteLength } = row(call);
  const X = {
    datatype: "FP32",
    shape: [1, 16],
    data: new Uint8Array(buffer, byteOffset, byteLength),
  } as const;
  const encoded = msgpackCodec.encode({
    type: "infer",
    id: call + 1,
    model,
    inputs: { X },
    timeout_ms: 30_000,
  });
  return Uint8Array.from(bytesOf(encoded));
}

/** The job that every peer runs too. */
function job(gates: readonly Gate[]): WireJob {
  const lanes = sockets * inFlight;
  return {
    modelPath,
    sockets,
    inFlight,
    row,
    ours: (ms) =>
      askRate({ lanes, durationMs: ms }, (call, lane) => ask(gates[lane % sockets] as Gate, call)),
    answer: async (call) => (await ask(gates[0] as Gate, call)).outputs["impact_bps"]?.data as Float32Array,
  };
}

async function throughput(
  gates: readonly Gate[],
  echoes: readonly EchoClient[],
  say: (line: string) => void,
): Promise<ReportRow[]> {
  const frames = Array.from({ length: 4_096 }, (_, call) => frame(call));
  const joined = Array.from({ length: 128 }, (_, i) =>
    bytesOf(msgpackCodec.join(frames.slice(i * inFlight, (i + 1) * inFlight))),
  );
  const { ours } = job(gates);
  const single = async (ms: number) =>
    sum(
      await Promise.all(
        echoes.map((client) => client.rate(inFlight, ms, (call) => frames[call % 4_096] as Uint8Array)),
      ),
    );
  const concatenated = async (ms: number) =>
    inFlight *
    sum(
      await Promise.all(
        echoes.map((client) => client.rate(1, ms, (call) => joined[call % 128] as Uint8Array)),
      ),
    );
  const found = await interleaved({ ours, single, concatenated }, "inferences/s", say);
  const name = `${sockets} sockets x ${inFlight} in flight`;
  return [
    rate(`${name}, against echo of one frame a message`, "1/s", found.ours, "bare ws echo", found.single),
    rate(
      `${name}, against echo of concatenated frames`,
      "1/s",
      found.ours,
      "bare ws echo",
      found.concatenated,
    ),
  ];
}

async function latency(gate: Gate, echo: EchoClient, say: (line: string) => void): Promise<ReportRow> {
  await askTimes(500, (call) => ask(gate, call));
  const message = frame(1);
  const times = { ours: [] as number[], echo: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    times.ours.push(median(await askTimes(singles / rounds, (call) => ask(gate, call))) * 1_000);
    times.echo.push(median(await askTimes(singles / rounds, () => echo.ask(message))) * 1_000);
  }
  say(
    `  p50 at 1 in flight: ${times.ours.map(Math.round).join(" ")} us, echo ${times.echo.map(Math.round).join(" ")} us`,
  );
  return cost("p50 at 1 in flight", "us", median(times.ours), "bare ws echo", median(times.echo));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
