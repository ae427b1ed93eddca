/**
 * How fast a 16-feature MLP can be asked over a socket, against bare `ws` giving the same bytes back,
 * and against the same model behind FastAPI. Both sides of a row are measured in turn, several rounds;
 * the row is the median round. Every request carries other bytes, nothing is cached, both sides have
 * all cores.
 */
import { connect, type Gate, tensor } from "headgate-client";
import { msgpackCodec } from "../../protocol/msgpack.js";
import { type Server, start, startNode } from "../harness/child.js";
import { askRate, askTimes } from "../harness/closed-loop.js";
import { bytesOf, EchoClient } from "../harness/echo.js";
import { inRepository } from "../harness/places.js";
import { howToGetPython, pythonOf } from "../harness/python.js";
import { cost, median, type Row, rate } from "../report.js";

const sockets = 8;
const inFlight = 32;
const rounds = 5;
const roundMs = 1_000;
const warmupMs = 1_500;
const singles = 2_000;

const model = "market-impact";
const models = inRepository("models");
const modelPath = `${models}/${model}/1/model.onnx`;

/** Rows of other bytes for each call. */
const features = new Float32Array(16 * 4_096).map(() => Math.random() - 0.5);
const row = (call: number) => features.subarray((call % 4_096) * 16, (call % 4_096) * 16 + 16);

export async function wire(say: (line: string) => void): Promise<Row[]> {
  const gateway = await startNode("gateway/main.js", ["--port", "0", "--models", models], "ready");
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
      await againstFastApi(gates, say),
    ];
  } finally {
    await Promise.all(gates.map((gate) => gate.close()));
    for (const client of echoes) client.close();
    await Promise.all([gateway.stop(), echo.stop()]);
  }
}

const ask = (gate: Gate, call: number) => gate.infer(model, { X: tensor(row(call), [1, 16]) });

/** A fallback or a cache must not win the race for us. */
async function requireBackend(gate: Gate): Promise<void> {
  const { backend, source, cached } = await ask(gate, 0);
  if (backend !== "onnxruntime-cpu" || source !== "gateway" || cached)
    throw new Error(`asked ONNX Runtime through the gateway, got ${backend} from ${source}`);
}

/** The very bytes a request has on the wire. */
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

async function throughput(
  gates: readonly Gate[],
  echoes: readonly EchoClient[],
  say: (line: string) => void,
): Promise<Row[]> {
  const frames = Array.from({ length: 4_096 }, (_, call) => frame(call));
  const joined = Array.from({ length: 128 }, (_, i) =>
    bytesOf(msgpackCodec.join(frames.slice(i * inFlight, (i + 1) * inFlight))),
  );
  const lanes = sockets * inFlight;
  const ours = (ms: number) =>
    askRate({ lanes, durationMs: ms }, (call, lane) => ask(gates[lane % sockets] as Gate, call));
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

async function latency(gate: Gate, echo: EchoClient, say: (line: string) => void): Promise<Row> {
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

async function againstFastApi(gates: readonly Gate[], say: (line: string) => void): Promise<Row> {
  const name = `${sockets * inFlight} in flight, against HTTP and JSON`;
  const server = await startFastApi(say);
  const lanes = sockets * inFlight;
  const ours = (ms: number) =>
    askRate({ lanes, durationMs: ms }, (call, lane) => ask(gates[lane % sockets] as Gate, call));
  if (server === undefined)
    return rate(name, "1/s", await ours(roundMs), "no Python with load-tests/peers/requirements.txt", null);
  try {
    const url = `http://127.0.0.1:${server.port}/infer`;
    const http = (ms: number) => askRate({ lanes: 32, durationMs: ms }, (call) => post(url, row(call)));
    const found = await interleaved({ ours, http }, "inferences/s", say);
    return rate(name, "1/s", found.ours, "FastAPI, uvicorn, JSON", found.http);
  } finally {
    await server.stop();
  }
}

async function post(url: string, values: Float32Array): Promise<void> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, {
    method: "POST",
    headers,
    body: JSON.stringify({ X: [Array.from(values)] }),
  });
  if (!response.ok) throw new Error(`FastAPI answered ${response.status}`);
  await response.json();
}

/** Undefined without a Python that has what the peer needs. */
async function startFastApi(say: (line: string) => void): Promise<Server | undefined> {
  const program = inRepository("load-tests/peers/fastapi_server.py");
  try {
    return await start(pythonOf(), [program, modelPath]);
  } catch {
    say(`  FastAPI could not start: ${howToGetPython}`);
    return undefined;
  }
}

/** Median rate of each, all in turn, round by round. */
async function interleaved<K extends string>(
  sides: Readonly<Record<K, (ms: number) => Promise<number>>>,
  unit: string,
  say: (line: string) => void,
): Promise<Record<K, number>> {
  const names = Object.keys(sides) as K[];
  for (const name of names) await sides[name](warmupMs);
  const found = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<K, number[]>;
  for (let round = 0; round < rounds; round++)
    for (const name of names) found[name].push(await sides[name](roundMs));
  for (const name of names)
    say(`  ${name}: ${found[name].map((each) => Math.round(each)).join(" ")} ${unit}`);
  return Object.fromEntries(names.map((name) => [name, median(found[name])])) as Record<K, number>;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
