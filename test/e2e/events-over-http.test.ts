/** A reader of server-sent events whose gateway is killed: it continues after the last event that it has. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { newDataFolder, startGateway } from "../raw-client/gateway-process.js";

interface Reader {
  readonly text: () => string;
  until(text: string): Promise<void>;
}

/** @param after the id of the last event that the reader has */
async function readerOf(port: number, topic: string, after?: string): Promise<Reader> {
  const leave = new AbortController();
  onTestFinished(() => leave.abort());
  const response = await fetch(`http://127.0.0.1:${port}/v1/events?topic=${topic}`, {
    headers: after === undefined ? {} : { "last-event-id": after },
    signal: leave.signal,
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let received = "";
  return {
    text: () => received,
    async until(text) {
      while (!received.includes(text)) {
        const { done, value } = (await reader?.read()) ?? { done: true };
        if (done) throw new Error(`the stream ended after: ${received}`);
        received += value;
      }
    },
  };
}

/** A stream that is opened and closed makes one event of its topic. */
async function eventOf(port: number, stream: string): Promise<void> {
  for (const [path, body] of [
    ["open", { stream, detector: "bocpd" }],
    ["close", { stream }],
  ] as const) {
    const init = { method: "POST", body: JSON.stringify(body) };
    expect((await fetch(`http://127.0.0.1:${port}/v1/streams/${path}`, init)).status).toBe(200);
  }
}

it("continues after Last-Event-ID when the gateway was killed and started, each event once and in order", async () => {
  const data = await newDataFolder();
  const models = await mkdtemp(join(tmpdir(), "headgate-test-no-models-"));
  onTestFinished(() => rm(models, { recursive: true, force: true }));
  const first = await startGateway(data, { models });
  onTestFinished(() => first.dispose());
  const reader = await readerOf(first.port, "regime.*");
  for (const stream of ["A", "B", "C"]) await eventOf(first.port, stream);
  await reader.until('"stream":"C"');
  const ids = [...reader.text().matchAll(/^id: (.+)$/gm)].map(([, id]) => id);
  expect(ids).toHaveLength(3);
  await first.kill();
  const second = await startGateway(data, { models });
  onTestFinished(() => second.dispose());
  const again = await readerOf(second.port, "regime.*", ids[0]);
  await again.until('"to_come":0');
  await eventOf(second.port, "D");
  await again.until('"stream":"D"');
  const events = [...again.text().matchAll(/^event: event\ndata: (.+)$/gm)].map(
    ([, json]) => (JSON.parse(json ?? "") as { data: { stream: string } }).data.stream,
  );
  expect(events).toEqual(["B", "C", "D"]);
}, 60_000);
