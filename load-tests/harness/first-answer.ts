/**
 * The work of a short-lived container, which the startup suite times: import the client, connect, receive one answer.
 */
import { connect, tensor } from "../../client/typescript/index.js";
import { sayStart } from "./say-start.js";

const gate = await connect(process.argv[2]);
const { source } = await gate.infer("market-impact", { X: tensor(new Float32Array(16).fill(0.1), [1, 16]) });
if (source !== "gateway") throw new Error("answered by a fallback");
sayStart();
await gate.close();
