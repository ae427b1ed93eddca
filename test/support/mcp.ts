/** The MCP face over the routes, without a socket: requests of both revisions of the protocol. */
import { createHash } from "node:crypto";
import type { Signature } from "../../engines/servable.js";
import { scopes } from "../../gateway/auth/scopes.js";
import type { ConnectionKeeper } from "../../gateway/faces/http/connection-place.js";
import { openHttpFace } from "../../gateway/wiring/http-routes.js";
import { toWire } from "../../protocol/tensor.js";
import { hello, testHouse, testSession } from "./house.js";
import { change, publish } from "./regimes.js";
import { anybody } from "./requests.js";
import { fitting, model } from "./servables.js";

export const revisions = ["2026-07-28", "2025-11-25"] as const;
export type Revision = (typeof revisions)[number];

export interface JsonRpcAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects
  readonly result?: any;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
  /** The notifications before the result. */
  readonly notifications: readonly { readonly method: string; readonly params: Record<string, unknown> }[];
}

export interface McpOptions {
  readonly revision?: Revision;
  readonly headers?: Readonly<Record<string, string>>;
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal;
}

export type McpFace = ReturnType<typeof mcpFace>;

/** @param keep keeps the place of a connection; by default there is a place for each */
export function mcpFace(
  overrides: Record<string, unknown> = {},
  servables = [model(), fitting()],
  keep?: ConnectionKeeper,
  trainers: readonly Signature[] = [],
) {
  const test = testHouse(overrides, servables, trainers);
  const failures: unknown[] = [];
  const face = openHttpFace(
    test.house,
    () => undefined,
    undefined,
    (error) => failures.push(error),
    keep,
  );
  const { clock, engine } = test;

  const post = async (
    body: string | Uint8Array,
    headers: Record<string, string> = {},
    signal?: AbortSignal,
  ): Promise<Response> =>
    face.routes.request(
      "/mcp",
      {
        method: "POST",
        body: body as string,
        headers: {
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
          "content-length": String(Buffer.byteLength(body)),
          ...headers,
        },
        ...(signal !== undefined && { signal }),
      },
      { incoming: { socket: {} } },
    );

  /** Sends a request, and does not wait for its result. */
  const begin = async (
    method: string,
    params: Record<string, unknown> = {},
    { revision = "2026-07-28", headers = {}, meta = {}, signal }: McpOptions = {},
  ): Promise<JsonRpcAnswer> => {
    const modern = revision === "2026-07-28";
    const envelope = {
      "io.modelcontextprotocol/protocolVersion": revision,
      "io.modelcontextprotocol/clientCapabilities": {},
      "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
    };
    const _meta = { ...(modern && envelope), ...meta };
    const name = params["name"] ?? params["uri"];
    const body = JSON.stringify({ jsonrpc: "2.0", id: 7, method, params: { ...params, _meta } });
    const own = {
      "mcp-protocol-version": revision,
      ...(modern && { "mcp-method": method, ...(typeof name === "string" && { "mcp-name": name }) }),
    };
    return answerOf(await post(body, { ...own, ...headers }, signal));
  };

  /** Computes what is queued until the promise has settled. */
  const finished = async <T>(promise: Promise<T>): Promise<T> => {
    let isDone = false;
    const done = () => {
      isDone = true;
    };
    promise.then(done, done);
    for (let i = 0; i < 200 && !isDone; i++) {
      await clock.settle();
      engine.finishAll();
    }
    return promise;
  };
  const request: typeof begin = (...args) => finished(begin(...args));
  const beginCall = (name: string, args: Record<string, unknown> = {}, options: McpOptions = {}) =>
    begin("tools/call", { name, arguments: args }, options);
  const call: typeof beginCall = (...args) => finished(beginCall(...args));

  /** The owner of the default namespace opens a stream and feeds it one observation. */
  const openStream = async (stream: string, namespace = "default") => {
    const feed = testSession(test, { ...anybody, namespace });
    const values = toWire({ datatype: "FP64", shape: [1], data: Float64Array.of(0.25) });
    await feed.send(hello, { type: "open", id: 1, stream, detector: "openly" });
    await feed.send({ type: "observe", id: 2, stream, ts: 1, values });
    const types = feed.heard().map(({ type }) => type);
    if (types.join() !== "welcome,ack,ack") throw new Error(`opening ${stream} brought ${types.join()}`);
  };
  const log = (stream: string, to = "calm", namespace = "default") =>
    publish(test, { namespace, topic: `regime.${stream}` }, change(stream, to));
  return { ...test, ...face, failures, post, begin, request, beginCall, call, finished, openStream, log };
}

/** Reads a response of JSON or of server-sent events. */
async function answerOf(response: Response): Promise<JsonRpcAnswer> {
  const text = await response.text();
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
  const messages = isStream
    ? text
        .split("\n\n")
        .flatMap((block) => block.split("\n").filter((line) => line.startsWith("data: {")))
        .map((line) => JSON.parse(line.slice(6)))
    : text === ""
      ? []
      : [JSON.parse(text)];
  const { result, error } = messages.at(-1) ?? {};
  return {
    status: response.status,
    headers: response.headers,
    result,
    error,
    notifications: messages.slice(0, -1),
  };
}

/** Settings of a gateway with a key for each scope, one for none, and one of another tenant; the key is the name. */
export function keysForEachScope(): Record<string, unknown> {
  const sha256 = (token: string) => createHash("sha256").update(token).digest("hex");
  const grants = [
    ...scopes.map((scope) => ({ sha256: sha256(scope), tenant: "default", scopes: [scope] })),
    { sha256: sha256("nothing"), tenant: "default", scopes: [] },
    { sha256: sha256("everything"), tenant: "default", scopes: [...scopes] },
    { sha256: sha256("elsewhere"), tenant: "other", namespace: "other", scopes: [...scopes] },
    {
      sha256: sha256("other-topics"),
      tenant: "default",
      scopes: [...scopes],
      topics: ["regime.other/*"],
    },
  ];
  return { auth: { keys: grants } };
}
