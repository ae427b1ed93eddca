/**
 * What an agent does over MCP, without a language model: it finds a model, asks it, and waits for the next change of a
 * stream's regime. `node dist/examples/mcp/main.js --stream SPX`
 */
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Command } from "commander";

interface Options {
  readonly url: string;
  readonly token?: string;
  readonly stream?: string;
  readonly waits: string;
}

interface WaitAnswer {
  readonly cursor: string;
  readonly ended: string;
  readonly events: readonly { readonly data: { readonly kind: string; readonly to?: string } }[];
}

const { url, token, stream, waits } = new Command()
  .option("--url <url>", "the gateway's MCP address", "http://127.0.0.1:8470/mcp")
  .option("--token <token>", "a key or token; an open gateway needs none")
  .option("--stream <name>", "the stream to wait for")
  .option("--waits <count>", "how often to wait for an event", "1")
  .parse()
  .opts<Options>();

const transport = new StreamableHTTPClientTransport(new URL(url), {
  requestInit: { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } },
});
// `auto` speaks the stateless revision of 2026 where the gateway does, and that of 2025 elsewhere.
const client = new Client(
  { name: "headgate-example", version: "1" },
  { versionNegotiation: { mode: "auto" } },
);
await client.connect(transport);

/** Calls a tool. Its errors are texts from which an agent can tell what to do. */
async function call<A>(name: string, args: Record<string, unknown>): Promise<A> {
  const onprogress = ({ message = "" }: { readonly message?: string | undefined }) => console.error(message);
  const result = await client.callTool(
    { name, arguments: args },
    { onprogress, resetTimeoutOnProgress: true },
  );
  const [first] = result.content;
  if (result.isError === true) throw new Error(first?.type === "text" ? first.text : "the tool failed");
  return result.structuredContent as A;
}

const { models, total } = await call<{ models: { name: string }[]; total: number }>("list_models", {
  kind: "model",
});
console.log(`${total} models: ${models.map(({ name }) => name).join(", ")}`);

const rows = [Array.from({ length: 16 }, (_, i) => i / 16)];
const { outputs } = await call<{ outputs: unknown }>("infer", {
  model: "market-impact",
  inputs: { X: rows },
});
console.log(JSON.stringify(outputs));

if (stream !== undefined) {
  // The cursor is older than the first wait, so that nothing in between is missed.
  let { cursor } = await call<{ cursor: string }>("get_regime", { stream });
  for (let i = 0; i < Number(waits); i++) {
    const answer: WaitAnswer = await call("wait_for_regime_change", { stream, cursor });
    for (const { data } of answer.events) console.log(`${stream}: ${data.kind} ${data.to ?? ""}`.trim());
    if (answer.events.length === 0) console.log(`${stream}: nothing (${answer.ended})`);
    ({ cursor } = answer);
  }
}
await client.close();
