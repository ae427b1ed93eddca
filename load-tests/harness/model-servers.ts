/** Other servers of one ONNX model, set up as their documentation says, each with its own request format. */
import { Agent, request } from "node:http";
import { BareNodeClient } from "./bare-node-client.js";
import { type Server, start, startNode } from "./child.js";
import { inRepository } from "./places.js";
import { howToGetPeer, howToGetPython, pythonOf } from "./python.js";

export interface ServerJob {
  readonly modelPath: string;
  readonly sockets: number;
  /** Requests in flight on each socket. */
  readonly inFlight: number;
  /** The features of a call; they differ from call to call. */
  readonly row: (call: number) => Float32Array;
}

export interface ModelServer {
  readonly name: string;
  /** The text that names this peer in the bench's row, after the job's name. */
  readonly against: string;
  readonly howToGet: string;
  /** @throws Error when the server cannot start */
  start(job: ServerJob): Promise<RunningServer>;
}

/** A server that runs. */
export interface RunningServer {
  infer(call: number, lane: number): Promise<Float32Array>;
  /** Requests in flight: as many as the gateway has, or as many as this server is fastest with. */
  readonly lanes: number;
  stop(): Promise<void>;
}

const bareNode: ModelServer = {
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

const fastApi: ModelServer = {
  name: "FastAPI, uvicorn, JSON",
  against: "HTTP and JSON, asked by fetch",
  howToGet: howToGetPython,
  async start({ modelPath, row }) {
    const server = await startFastApi(modelPath);
    const infer = (call: number) => postByFetch(server.port, "/infer", bodyOf(row(call))).then(rowOfY);
    return asked(server, 32, infer);
  },
};

/** The FastAPI server again, called through the fastest HTTP client that Node has. */
export const fastApiByHttp: ModelServer = {
  ...fastApi,
  against: "HTTP and JSON, asked by node:http",
  async start({ modelPath, row }) {
    return overHttp(await startFastApi(modelPath), 32, "/infer", (call) => bodyOf(row(call)), rowOfY);
  },
};

const litServe: ModelServer = {
  name: "LitServe, batches of 256, JSON",
  against: "LitServe",
  howToGet: howToGetPeer("litserve"),
  async start({ modelPath, sockets, inFlight, row }) {
    const server = await startPeer("litserve", modelPath);
    const lanes = sockets * inFlight;
    return overHttp(server, lanes, "/infer", (call) => bodyOf(row(call)), rowOfY);
  },
};

export const mlServer: ModelServer = {
  name: "MLServer, JSON",
  against: "MLServer",
  howToGet: howToGetPeer("mlserver"),
  async start({ modelPath, sockets, inFlight, row }) {
    const server = await startPeer("mlserver", modelPath);
    const body = (call: number) => {
      const data = Array.from(row(call));
      return { inputs: [{ name: "X", datatype: "FP32", shape: [1, data.length], data }] };
    };
    const lanes = sockets * inFlight;
    return overHttp(server, lanes, "/v2/models/wire/infer", body, (answer) =>
      Float32Array.from((answer as { outputs: { data: number[] }[] }).outputs[0]?.data ?? []),
    );
  },
};

export const modelServers: readonly ModelServer[] = [bareNode, fastApi, fastApiByHttp, litServe, mlServer];

const bodyOf = (row: Float32Array) => ({ X: [Array.from(row)] });
const rowOfY = (answer: unknown) => Float32Array.from((answer as { y: number[][] }).y[0] ?? []);

const python = { group: true };

function startFastApi(modelPath: string): Promise<Server> {
  return start(pythonOf(), [inRepository("load-tests/peers/fastapi_server.py"), modelPath], python);
}

function startPeer(name: string, modelPath: string): Promise<Server> {
  return start(pythonOf(name), [inRepository(`load-tests/peers/${name}/server.py`), modelPath], python);
}

/** Milliseconds that a server has, after it has printed its port, to open its model. */
const openMs = 60_000;

async function overHttp(
  server: Server,
  lanes: number,
  path: string,
  body: (call: number) => object,
  answerOf: (answer: unknown) => Float32Array,
): Promise<RunningServer> {
  const agent = new Agent({ keepAlive: true, maxSockets: lanes });
  return asked(
    server,
    lanes,
    async (call) => answerOf(await post(agent, server.port, path, body(call))),
    () => agent.destroy(),
  );
}

/** Resolves when the server answers a request: a server may print its port before its model is open. */
async function asked(
  server: Server,
  lanes: number,
  infer: (call: number) => Promise<Float32Array>,
  end = () => {},
): Promise<RunningServer> {
  const stop = async () => {
    end();
    await server.stop();
  };
  const until = performance.now() + openMs;
  while ((await infer(0).catch(() => undefined)) === undefined) {
    if (performance.now() > until) {
      await stop();
      throw new Error(`no answer within ${openMs} ms`);
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return { infer, lanes, stop };
}

async function postByFetch(port: number, path: string, body: object): Promise<unknown> {
  const headers = { "content-type": "application/json" };
  const url = `http://127.0.0.1:${port}${path}`;
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json();
}

/**
 * Uses Node's own `http` with keep-alive connections: it sends half as many requests again as `fetch` on cores that
 * both sides share.
 */
function post(agent: Agent, port: number, path: string, body: object): Promise<unknown> {
  const text = JSON.stringify(body);
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
  return new Promise((resolve, reject) => {
    const sent = request({ agent, port, path, method: "POST", headers, host: "127.0.0.1" }, (response) => {
      let said = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        said += part;
      });
      response.on("end", () => {
        if (response.statusCode !== 200)
          reject(new Error(`${path} answered ${response.statusCode}: ${said}`));
        else resolve(JSON.parse(said));
      });
    });
    sent.on("error", reject);
    sent.end(text);
  });
}
