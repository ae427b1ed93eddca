/**
 * A simple HTTP server, as a team might write it in an afternoon: node:http and onnxruntime-node, Open Inference
 * requests in binary, one model run for each request, no batching, no checks, computing on the socket thread. Start:
 * `node dist/load-tests/peers/bare-http.js MODEL.onnx`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { InferenceSession, Tensor } from "onnxruntime-node";

interface InferHead {
  readonly inputs: readonly { readonly shape: number[]; readonly parameters: { binary_data_size: number } }[];
}

const session = await InferenceSession.create(process.argv[2] ?? "", {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
});
const [input = "X"] = session.inputNames;
const [output = "y"] = session.outputNames;
const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => parts.push(part));
  request.on("end", () => void answer(request, Buffer.concat(parts), response));
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () =>
  console.log(JSON.stringify({ port: (server.address() as AddressInfo).port })),
);
process.once("SIGTERM", () => process.exit(0));

async function answer({ headers }: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
  const length = Number(headers["inference-header-content-length"]);
  const head = JSON.parse(body.toString("utf8", 0, length)) as InferHead;
  const values = new Float32Array(Uint8Array.from(body.subarray(length)).buffer);
  const answers = await session.run({ [input]: new Tensor("float32", values, head.inputs[0]?.shape ?? []) });
  const { data, dims } = answers[output] as { data: Float32Array; dims: readonly number[] };
  const said = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const tensor = {
    name: output,
    datatype: "FP32",
    shape: dims,
    parameters: { binary_data_size: said.length },
  };
  const json = Buffer.from(JSON.stringify({ model_name: "bare", outputs: [tensor] }));
  response.writeHead(200, {
    "content-type": "application/octet-stream",
    "inference-header-content-length": json.length,
    "content-length": json.length + said.length,
  });
  response.end(Buffer.concat([json, said]));
}
