/** The sides of the faces suite: the gateway's faces, and other HTTP servers of the same model. */
import { connect, tensor } from "../../client/typescript/index.js";
import { startNode } from "../harness/child.js";
import { startGateway } from "../harness/gateway.js";
import { HttpClient } from "../harness/http-client.js";
import { inferByMcp } from "../harness/mcp.js";
import { fastApiByHttp, mlServer, type ServerJob } from "../harness/model-servers.js";
import { inferInBinary, inferInJson } from "../harness/open-inference.js";
import { inRepository } from "../harness/places.js";

export const inFlight = 16;

/** Sends the request of a call, whose row differs from call to call, and gives the answer. */
export type Ask = (call: number) => Promise<Float32Array>;

export interface FaceSides {
  /** By the name of the face. */
  readonly ours: ReadonlyMap<string, Ask>;
  /** Those that could start. */
  readonly peers: ReadonlyMap<string, Ask>;
  /** How to get a peer that could not start. */
  readonly missing: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

const model = "market-impact";
const path = `/v2/models/${model}/infer`;

/** Values for the rows of each call, so that the bytes differ. */
const features = new Float32Array(16 * 4_096).map(() => Math.random() - 0.5);
const row = (call: number) => features.subarray((call % 4_096) * 16, (call % 4_096) * 16 + 16);

const job: ServerJob = {
  modelPath: inRepository(`models/${model}/1/model.onnx`),
  sockets: inFlight,
  inFlight: 1,
  row,
};

/** @throws Error when two sides answer differently: they would not be comparable */
export async function startFaceSides(): Promise<FaceSides> {
  const stops: (() => unknown)[] = [];
  const close = async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  };
  try {
    const ours = await startOurs(stops);
    const { peers, missing } = await startPeers(stops);
    await requireSame(new Map([...ours, ...peers]));
    return { ours, peers, missing, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startOurs(stops: (() => unknown)[]): Promise<ReadonlyMap<string, Ask>> {
  const gateway = await startGateway();
  stops.push(() => gateway.stop());
  const gate = await connect(`ws://127.0.0.1:${gateway.port}/v1`);
  stops.push(() => gate.close());
  const client = new HttpClient(gateway.port, inFlight);
  stops.push(() => client.close());
  return new Map<string, Ask>([
    [
      "socket",
      async (call) => {
        const { outputs } = await gate.infer(model, { X: tensor(row(call), [1, 16]) });
        return outputs["impact_bps"]?.data as Float32Array;
      },
    ],
    ["HTTP binary", (call) => inferInBinary(client, path, row(call))],
    ["HTTP JSON", (call) => inferInJson(client, path, row(call))],
    ["MCP", (call) => inferByMcp(client, model, row(call))],
  ]);
}

async function startPeers(stops: (() => unknown)[]): Promise<Pick<FaceSides, "peers" | "missing">> {
  const peers = new Map<string, Ask>();
  const missing = new Map<string, string>();
  for (const [name, server] of Object.entries({ fastapi: fastApiByHttp, mlserver: mlServer })) {
    const running = await server.start(job).catch(() => undefined);
    if (running === undefined) missing.set(name, `no ${server.name}: ${server.howToGet}`);
    else {
      stops.push(() => running.stop());
      peers.set(name, (call) => running.infer(call, call));
    }
  }
  const bare = await startNode("load-tests/peers/bare-http.js", [job.modelPath]);
  const client = new HttpClient(bare.port, inFlight);
  stops.push(
    () => bare.stop(),
    () => client.close(),
  );
  peers.set("bare", (call) => inferInBinary(client, "/infer", row(call)));
  return { peers, missing };
}

async function requireSame(sides: ReadonlyMap<string, Ask>): Promise<void> {
  let wanted: number | undefined;
  for (const [name, ask] of sides) {
    const [found = Number.NaN] = await ask(1);
    wanted ??= found;
    if (!(Math.abs(found - wanted) <= 1e-4 * Math.max(1, Math.abs(wanted))))
      throw new Error(`${name} says ${found} where the socket says ${wanted}`);
  }
}
