/** Open Inference requests of one row, in JSON and in binary, and the first output of their answers. */
import type { HttpAnswer, HttpClient } from "./http-client.js";

const headerLength = "inference-header-content-length";

export async function inferInBinary(
  client: HttpClient,
  path: string,
  row: Float32Array,
): Promise<Float32Array> {
  const input = {
    name: "X",
    datatype: "FP32",
    shape: [1, row.length],
    parameters: { binary_data_size: row.byteLength },
  };
  const head = Buffer.from(JSON.stringify({ inputs: [input], parameters: { binary_data_output: true } }));
  const data = new Uint8Array(row.buffer, row.byteOffset, row.byteLength);
  const headers = { [headerLength]: String(head.length), "content-type": "application/octet-stream" };
  return binaryOutput(await client.post(path, headers, Buffer.concat([head, data])));
}

/** The bytes behind the JSON of an answer with one output; the JSON is read too, as a client has to. */
function binaryOutput({ headers, body }: HttpAnswer): Float32Array {
  const length = Number(headers[headerLength]);
  const head = JSON.parse(body.toString("utf8", 0, length)) as {
    outputs: { parameters: { binary_data_size: number } }[];
  };
  const size = head.outputs[0]?.parameters.binary_data_size ?? 0;
  return new Float32Array(Uint8Array.from(body.subarray(length, length + size)).buffer);
}

export async function inferInJson(
  client: HttpClient,
  path: string,
  row: Float32Array,
): Promise<Float32Array> {
  const input = { name: "X", datatype: "FP32", shape: [1, row.length], data: Array.from(row) };
  const text = Buffer.from(JSON.stringify({ inputs: [input] }));
  const { body } = await client.post(path, { "content-type": "application/json" }, text);
  const answer = JSON.parse(body.toString()) as { outputs: { data: number[] }[] };
  return Float32Array.from(answer.outputs[0]?.data ?? []);
}
