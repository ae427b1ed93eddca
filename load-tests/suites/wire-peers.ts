/** The wire's job given to other servers of the same model, each in turn with the gateway. */

import { BareNodeClient } from "../harness/bare-node-client.js";
import { type Server, start, startNode } from "../harness/child.js";
import { askRate } from "../harness/closed-loop.js";
import { interleaved } from "../harness/interleaved.js";
import { inRepository } from "../harness/places.js";
import { howToGetPython, pythonOf } from "../harness/python.js";
import { type Row, rate } from "../report.js";

type Say = (line: string) => void;

export interface WireJob {
  readonly modelPath: string;
  readonly sockets: number;
  /** On each socket. */
  readonly inFlight: number;
  /** Features of a call: other ones from call to call. */
  readonly row: (call: number) => Float32Array;
  /** The gateway's answers a second, over so many milliseconds. */
  readonly ours: (ms: number) => Promise<number>;
  /** What the gateway says of that row. */
  readonly answer: (call: number) => Promise<Float32Array>;
}

interface Peer {
  readonly name: string;
  /** What the row is called, after the job's own name. */
  readonly against: string;
  /** @throws when it cannot start */
  start(job: WireJob): Promise<Asked>;
  readonly howToGet: string;
}

/** A peer that runs. */
interface Asked {
  infer(call: number, lane: number): Promise<Float32Array>;
  /** Requests in flight at which it is fastest, or as many as ours. */
  readonly lanes: number;
  stop(): Promise<void>;
}

export async function againstPeers(job: WireJob, say: Say): Promise<Row[]> {
  const rows: Row[] = [];
  for (const peer of [bareNode, fastApi]) rows.push(await against(peer, job, say));
  return rows;
}

async function against(peer: Peer, job: WireJob, say: Say): Promise<Row> {
  const name = `${job.sockets} sockets x ${job.inFlight} in flight, against ${peer.against}`;
  const asked = await peer.start(job).catch(() => undefined);
  if (asked === undefined) {
    say(`  ${peer.name} could not start: ${peer.howToGet}`);
    return rate(name, "1/s", await job.ours(1_000), `no ${peer.name}: ${peer.howToGet}`, null);
  }
  try {
    await requireSame(peer, asked, job);
    const { lanes } = asked;
    const theirs = (ms: number) =>
      askRate({ lanes, durationMs: ms }, (call, lane) => asked.infer(call, lane));
    say(`  ${name}`);
    const found = await interleaved({ ours: job.ours, theirs }, "inferences/s", say);
    return rate(name, "1/s", found.ours, peer.name, found.theirs);
  } finally {
    await asked.stop();
  }
}

/** A peer that computes something else is no peer. */
async function requireSame(peer: Peer, asked: Asked, job: WireJob): Promise<void> {
  const [theirs] = await asked.infer(1, 0);
  const [ours] = await job.answer(1);
  if (
    theirs === undefined ||
    ours === undefined ||
    Math.abs(theirs - ours) > 1e-4 * Math.max(1, Math.abs(ours))
  )
    throw new Error(`${peer.name} says ${theirs} where the gateway says ${ours}`);
}

const bareNode: Peer = {
  name: "ws, msgpackr and onnxruntime-node",
  against: "a bare Node server",
  howToGet: "npm ci",
  async start({ modelPath, sockets, inFlight, row }) {
    const server = await startNode("load-tests/peers/bare-node.js", [modelPath]);
    const clients = await Promise.all(
      Array.from({ length: sockets }, () => BareNodeClient.open(server.port)),
    );
    return {
      lanes: sockets * inFlight,
      infer: (call, lane) => (clients[lane % sockets] as BareNodeClient).infer(row(call)),
      async stop() {
        for (const client of clients) client.close();
        await server.stop();
      },
    };
  },
};

const fastApi: Peer = {
  name: "FastAPI, uvicorn, JSON",
  against: "HTTP and JSON",
  howToGet: howToGetPython,
  async start({ modelPath, row }) {
    const server = await startPython("fastapi_server.py", modelPath);
    const url = `http://127.0.0.1:${server.port}/infer`;
    return {
      lanes: 32,
      async infer(call) {
        const { y } = (await post(url, { X: [Array.from(row(call))] })) as { y: number[][] };
        return Float32Array.from(y[0] ?? []);
      },
      stop: server.stop,
    };
  },
};

function startPython(program: string, modelPath: string): Promise<Server> {
  return start(pythonOf(), [inRepository(`load-tests/peers/${program}`), modelPath]);
}

async function post(url: string, body: object): Promise<unknown> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.json();
}
