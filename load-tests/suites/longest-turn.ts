/**
 * The longest time that the gateway's thread is blocked while a client sends the largest permitted messages: every
 * other client waits that long.
 */
import type { ClientFrame } from "../../protocol/frames.js";
import { limits } from "../../protocol/limits.js";
import { toWire } from "../../protocol/tensor.js";
import { BareClient } from "../harness/bare-client.js";
import { ownGateway, type Target } from "../load/gateway.js";
import type { ReportRow } from "../report.js";

const streams = 5_000;

export async function longestTurn(say: (line: string) => void): Promise<ReportRow[]> {
  const target = await ownGateway({ config: {}, tenants: {} });
  try {
    const rows: ReportRow[] = [];
    for (const [what, load] of loads) {
      const client = await BareClient.welcomed(target.url);
      await longest(target); // Discards what was measured before
      await load(client);
      const ms = await longest(target);
      rows.push({ ...none, name: `longest turn beside ${what}`, value: ms });
      say(`  longest turn beside ${what}: ${ms.toFixed(0)} ms`);
      client.close();
    }
    return rows;
  } finally {
    await target.stop();
  }
}

const loads: readonly (readonly [string, (client: BareClient) => Promise<unknown>])[] = [
  ["65,536 observations for bocpd", (client) => observed(client, { warmup: 30 }, limits.observations_max)],
  ["1,000 with 10,000 runs", (client) => observed(client, { warmup: 30, max_runs: 10_000 }, 1_000, 26)],
  [
    "4,096 descriptions asked for in a message",
    async (client) => {
      const last = Promise.race([
        client.answer(limits.message_frames_max),
        new Promise((resolve) => client.socket.once("close", resolve)),
      ]);
      client.send(...many(limits.message_frames_max, (id) => ({ type: "describe", id })));
      await last;
    },
  ],
  [
    `${streams} streams and a subscriber of all`,
    async (client) => {
      for (let from = 0; from < streams; from += 200) {
        const opened = client.answer(from + 200);
        client.send(
          ...many(200, (i) => ({ type: "open", id: from + i, stream: `s${from + i}`, detector: "bocpd" })),
        );
        await opened;
      }
      const caughtUp = client.frame((frame) => frame.type === "snapshot" && frame.to_come === 0);
      client.send({ type: "subscribe", id: 1, topic: "regime.*" });
      await caughtUp;
    },
  ],
];

function many(count: number, frame: (i: number) => ClientFrame): ClientFrame[] {
  return Array.from({ length: count }, (_, i) => frame(i + 1));
}

async function observed(
  client: BareClient,
  parameters: Record<string, number>,
  n: number,
  d = 1,
): Promise<void> {
  const stream = `longest-${n}`;
  const data = Float64Array.from({ length: n * d }, (_, i) => Math.sin(i * i));
  const acked = client.answer(2);
  client.send(
    { type: "open", id: 1, stream, detector: "bocpd", parameters },
    {
      type: "observe",
      id: 2,
      stream,
      ts: Array.from({ length: n }, (_, i) => i),
      values: toWire({ datatype: "FP64", shape: [n, d], data }),
    },
  );
  const { type } = await acked;
  if (type !== "ack") throw new Error(`the observations for ${stream} were not taken`);
}

/** The longest turn in milliseconds since the previous call. */
async function longest(target: Target): Promise<number> {
  const text = (await target.metrics()) ?? "";
  const found = /^headgate_event_loop_delay_seconds\{quantile="1"\} (\S+)$/m.exec(text);
  if (found === null) throw new Error("the gateway tells no headgate_event_loop_delay_seconds");
  return 1_000 * Number(found[1]);
}

const none = { unit: "ms", peer: null, peer_value: null, ratio: null };
