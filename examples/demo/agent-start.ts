/**
 * The work of an agent's container, which the demo times: import the client, connect, and receive the answer to one
 * fit. Prints its memory in MB once it has the answer.
 */
import { connect, tensor } from "../../client/typescript/index.js";

const days = 252;
const columns = 8;
const X = tensor(
  Float64Array.from({ length: days * columns }, (_, i) => Math.sin(i * i)),
  [days, columns],
);

const gate = await connect(process.argv[2], { client: "container" });
const { outputs, source } = await gate.infer("pca", { X }, { parameters: { n_components: 3 } });
if (source !== "gateway" || outputs["components"] === undefined) throw new Error("no answer of the gateway");
console.log(JSON.stringify({ memory_mb: process.memoryUsage.rss() / 1024 / 1024 }));
await gate.close();
