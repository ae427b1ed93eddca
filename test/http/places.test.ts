/**
 * HTTP connections over real sockets when all places are taken: who makes room for connections that ask for nothing,
 * and who does not.
 */
import type { ServerResponse } from "node:http";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { HttpServer } from "../../gateway/faces/websocket/http-server.js";
import { openHttpFace } from "../../gateway/wiring/http-routes.js";
import { hello, testHouse, testSession } from "../support/house.js";
import { get } from "../support/http-server.js";
import { X } from "../support/open-inference.js";
import { RawPeer } from "../support/raw-peer.js";
import { anybody } from "../support/requests.js";
import { fitting, model } from "../support/servables.js";
import { until } from "../support/until.js";

const post = (path: string, body: object, headers = "") => {
  const text = JSON.stringify(body);
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${headers}Content-Length: ${text.length}\r\n\r\n${text}`;
};

const tool = (name: string, args: object) =>
  post(
    "/mcp",
    { jsonrpc: "2.0", id: 7, method: "tools/call", params: { name, arguments: args } },
    "Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2025-11-25\r\n",
  );

const requests = {
  "an inference": post("/v2/models/echo/infer", { inputs: [X] }),
  "an inference over Hono's router": post("/v2/models/%65cho/infer", { inputs: [X] }),
  "a fit": post("/v2/models/fit/infer", { inputs: [X] }),
  "an inference over MCP": tool("infer", { model: "echo", inputs: { X: [[1]] } }),
  "a fit over MCP": tool("fit", { name: "fit", data: [[1]] }),
};

/** More than the kernel's buffers take. */
const unreadBytes = 20_000_000;

async function server(places: number) {
  const test = testHouse({}, [model(), fitting()]);
  const { house, clock, engine } = test;
  const face = openHttpFace(
    house,
    () => undefined,
    undefined,
    vi.fn(),
    (socket, tenant) => http.keep(socket, tenant),
  );
  const { routes, direct, eventWaits } = face;
  routes.get("/large", (context) => context.body(new Uint8Array(unreadBytes)));
  const http: HttpServer = new HttpServer(house, { fetch: routes.fetch, direct }, places, undefined, false);
  const answers: ServerResponse[] = [];
  http.server.on("request", (_, answer) => answers.push(answer));
  const { port } = await http.listen("127.0.0.1", 0);
  onTestFinished(() => http.close(0, () => {}));

  const open = async (text = "") => {
    const opened = await RawPeer.open(port, text);
    onTestFinished(() => opened.destroy());
    return opened;
  };
  /** A connection that has a free place. */
  const peer = async (text = "") => {
    const before = http.connections;
    const opened = await open(text);
    await until(async () => expect(http.connections).toBe(before + 1));
    return opened;
  };
  /** A connection of which the gateway has read a request's header. */
  const asking = async (text: string) => {
    const before = answers.length;
    const opened = await peer(text);
    await until(async () => expect(answers.length).toBe(before + 1));
    return opened;
  };
  const computed = () =>
    until(async () => {
      await clock.settle();
      expect(engine.open.size).toBe(1);
    });
  /** Lets the time pass, and opens a connection that asks for nothing: which of the connections ended for it. */
  const displaced = async (ms: number, others: Record<string, RawPeer>) => {
    clock.jump(ms);
    const newcomer = await open();
    const ends = Object.entries({ ...others, newcomer }).map(([name, { end }]) => end.then(() => name));
    return { name: await Promise.race(ends), newcomer };
  };
  const finish = (asked: RawPeer, words: RegExp) =>
    until(async () => {
      await clock.settle();
      engine.finishAll();
      expect(asked.text).toMatch(words);
    });
  return { ...test, http, eventWaits, answers, peer, asking, computed, displaced, finish };
}

describe("when all places are taken", () => {
  it.each(Object.entries(requests))("%s that is computed is not lost", async (_, text) => {
    const { peer, asking, computed, displaced, finish } = await server(2);
    const asked = await asking(text);
    await computed();
    let silent = await peer();
    for (let i = 0; i < 3; i++) {
      const { name, newcomer } = await displaced(1_000, { asked, silent });
      expect(name).toBe("silent");
      silent = newcomer;
    }
    await finish(asked, /"data":|structuredContent/);
  });

  it("and all are answered, newcomers are refused until an answer is sent", async () => {
    const { asking, computed, displaced, finish } = await server(1);
    const asked = await asking(requests["an inference"]);
    await computed();
    expect((await displaced(5_000, { asked })).name).toBe("newcomer");
    await finish(asked, /"data":/);
    expect((await displaced(0, { asked })).name).toBe("newcomer");
    expect((await displaced(1_000, { asked })).name).toBe("asked");
  });

  it("a request that still arrives makes room after those that ask for nothing, and not once it is whole", async () => {
    const { peer, asking, computed, displaced, finish } = await server(2);
    const text = requests["an inference"];
    const asked = await asking(text.slice(0, -5));
    const silent = await peer();
    const first = await displaced(1_000, { asked, silent });
    expect(first.name).toBe("silent");
    asked.write(text.slice(-5));
    await computed();
    const second = await displaced(1_000, { asked, silent: first.newcomer });
    expect(second.name).toBe("silent");
    await finish(asked, /"data":/);
  });

  it("slow requests do not keep others out", async () => {
    const { asking, displaced } = await server(2);
    const text = requests["an inference"].slice(0, -5);
    const older = await asking(text);
    const newer = await asking(text);
    const first = await displaced(1_000, { older, newer });
    expect(first.name).toBe("older");
    expect((await displaced(0, { newer, silent: first.newcomer })).name).toBe("newer");
  });

  it("answers that are not read do not keep others out", async () => {
    const { peer, answers, displaced } = await server(1);
    const reader = await peer();
    reader.socket.pause();
    reader.write(get("/large"));
    await until(async () => expect(answers[0]?.writableEnded).toBe(true));
    expect((await displaced(999, {})).name).toBe("newcomer");
    const over = displaced(1, { reader });
    reader.socket.resume();
    expect((await over).name).toBe("reader");
    expect(reader.text.length).toBeLessThan(unreadBytes);
  });

  it("a request whose body is not wanted is answered, and its place is given up after it", async () => {
    const { asking, displaced } = await server(1);
    const asked = await asking("POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n");
    expect(await asked.status()).toBe(404);
    expect((await displaced(1_000, { asked })).name).toBe("asked");
  });
});

describe("calls that wait, sent one after another on one connection", () => {
  it("keep its place until the last has ended", async () => {
    const { http, eventWaits, peer, asking, displaced, ...test } = await server(2);
    const feed = testSession(test, anybody);
    const { clock } = test;
    await feed.send(hello, { type: "open", id: 1, stream: "SPX", detector: "openly" });
    const wait = (seconds: number) => tool("wait_for_regime_change", { stream: "SPX", timeout_s: seconds });
    const waiting = (count: number) =>
      until(async () => {
        await clock.settle();
        expect(eventWaits.count).toBe(count);
      });
    const asked = await peer(wait(5) + wait(200));
    await waiting(2);
    await clock.advance(5_000);
    await waiting(1);
    let silent = await peer();
    for (let i = 0; i < 3; i++) {
      const { name, newcomer } = await displaced(1_000, { asked, silent });
      expect(name).toBe("silent");
      silent = newcomer;
    }
    silent.destroy();
    await until(async () => expect(http.connections).toBe(1));
    const second = await asking(wait(5));
    await second.until(() => /have half of limits.http_connections/.exec(second.text));
    await clock.advance(200_000);
    await asked.until(() => /"ended".*"ended"/s.exec(asked.text));
  });
});
