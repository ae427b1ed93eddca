/**
 * A simple server, as a team might write it in an afternoon: ws, msgpackr and onnxruntime-node, one model run for
 * each request, no batching, no checks, computing on the socket thread. Start: `node
 * dist/load-tests/peers/bare-node.js MODEL.onnx`.
 */
import type { AddressInfo } from "node:net";
import { pack, unpack } from "msgpackr";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { WebSocketServer } from "ws";

interface BareRequest {
  readonly id: number;
  readonly shape: number[];
  readonly data: Uint8Array;
}

const session = await InferenceSession.create(process.argv[2] ?? "", {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
});
const [input = "X"] = session.inputNames;
const [output = "y"] = session.outputNames;
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
server.on("listening", () => console.log(JSON.stringify({ port: (server.address() as AddressInfo).port })));
server.on("connection", (socket) => {
  socket.on("message", async (message: Buffer) => {
    const { id, shape, data } = unpack(message) as BareRequest;
    const values = new Float32Array(Uint8Array.from(data).buffer);
    const answer = await session.run({ [input]: new Tensor("float32", values, shape) });
    const said = answer[output]?.data as Float32Array;
    socket.send(pack({ id, data: new Uint8Array(said.buffer, said.byteOffset, said.byteLength) }));
  });
});
process.once("SIGTERM", () => process.exit(0));
