/**
 * The sides that the wire suite compares, each with sockets of its own: the gateway asked by the lean generator and by
 * the TypeScript client, bare `ws` sending the same bytes back, and a bare Node server that computes inline.
 */
import { pack } from "msgpackr";
import { connect, type Gate, tensor } from "../../client/typescript/index.js";
import { msgpackCodec } from "../../protocol/msgpack.js";
import { type Server, startNode } from "../harness/child.js";
import { bytesOf } from "../harness/echo.js";
import { startGateway } from "../harness/gateway.js";
import { LeanClient, type LeanPeer, resultsIn } from "../harness/lean-client.js";
import { inRepository } from "../harness/places.js";
import { PreparedFrames, placeholderId } from "../harness/prepared-frames.js";

export const sockets = 8;
export const inFlight = 32;
export const model = "market-impact";
export const modelPath = inRepository(`models/${model}/1/model.onnx`);

const rows = 4_096;
/** Values for the rows of each call, so that the bytes differ. */
const features = new Float32Array(16 * rows).map(() => Math.random() - 0.5);
export const row = (call: number) => features.subarray((call % rows) * 16, (call % rows) * 16 + 16);

export const ask = (gate: Gate, call: number) => gate.infer(model, { X: tensor(row(call), [1, 16]) });

export interface WireSides {
  readonly servers: Readonly<Record<"gateway" | "echo" | "bare", Server>>;
  readonly gates: readonly Gate[];
  readonly lean: Readonly<Record<"gateway" | "echo" | "bare", readonly LeanClient[]>>;
  close(): Promise<void>;
}

export async function startWireSides(): Promise<WireSides> {
  const gateway = await startGateway();
  const echo = await startNode("load-tests/peers/ws-echo.js", []);
  const bare = await startNode("load-tests/peers/bare-node.js", [modelPath]);
  const gates = await many(() => connect(`ws://127.0.0.1:${gateway.port}/v1`));
  await requireBackend(gates[0] as Gate);
  const lean = {
    gateway: await many(() => LeanClient.open(gatewayPeer(gateway))),
    echo: await many(() => LeanClient.open(echoPeer(echo))),
    bare: await many(() => LeanClient.open(barePeer(bare))),
  };
  return {
    servers: { gateway, echo, bare },
    gates,
    lean,
    async close() {
      await Promise.all(gates.map((gate) => gate.close()));
      for (const client of Object.values(lean).flat()) client.close();
      await Promise.all([gateway, echo, bare].map((server) => server.stop()));
    },
  };
}

function many<T>(open: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: sockets }, open));
}

/** Throws when a fallback backend or a cache would answer, because the row would then measure something else. */
async function requireBackend(gate: Gate): Promise<void> {
  const { backend, source, cached } = await ask(gate, 0);
  if (!backend.startsWith("onnxruntime-cpu") || source !== "gateway" || cached)
    throw new Error(`asked ONNX Runtime through the gateway, got ${backend} from ${source}`);
}

function gatewayPeer({ port }: Server): LeanPeer {
  return {
    url: `ws://127.0.0.1:${port}/v1`,
    subprotocol: msgpackCodec.subprotocol,
    greeting: bytesOf(msgpackCodec.encode({ type: "hello" })),
    frames: new PreparedFrames(Array.from({ length: rows }, (_, call) => inferFrame(call))),
    answersIn: resultsIn,
  };
}

function echoPeer({ port }: Server): LeanPeer {
  const frames = new PreparedFrames(Array.from({ length: rows }, (_, call) => inferFrame(call)));
  const answersIn = (message: Buffer) => message.length / frames.frameBytes;
  return { url: `ws://127.0.0.1:${port}`, frames, answersIn };
}

function barePeer({ port }: Server): LeanPeer {
  const frame = (call: number) => pack({ id: placeholderId, shape: [1, 16], data: bytesOfRow(call) });
  const frames = new PreparedFrames(Array.from({ length: rows }, (_, call) => frame(call)));
  return { url: `ws://127.0.0.1:${port}`, frames, answersIn: () => 1 };
}

/** The bytes of a request as the TypeScript client writes it. */
function inferFrame(call: number): Uint8Array {
  const X = { datatype: "FP32", shape: [1, 16], data: bytesOfRow(call) } as const;
  const frame = { type: "infer", id: placeholderId, model, timeout_ms: 30_000, inputs: { X } } as const;
  return Uint8Array.from(bytesOf(msgpackCodec.encode(frame)));
}

function bytesOfRow(call: number): Uint8Array {
  const { buffer, byteOffset, byteLength } = row(call);
  return new Uint8Array(buffer, byteOffset, byteLength);
}
