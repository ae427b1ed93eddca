/**
 * The gateway is killed at random moments while datasets are put, in one message and in parts, and grown. What was acked
 * is there afterwards, with every byte; what was not acked is there whole or not at all. HEADGATE_KILLS says how often.
 */
import { expect, it, onTestFinished } from "vitest";
import type { DatasetEntry, DatasetFrame } from "../../protocol/dataset-frames.js";
import type { GatewayFrame } from "../../protocol/frames.js";
import { toWire, type WireTensor } from "../../protocol/tensor.js";
import { newDataFolder, startGateway } from "../raw-client/gateway-process.js";
import { repositoryOf } from "../support/repository.js";
import { BareSocket } from "../support/socket.js";

const kills = Math.ceil(Number(process.env["HEADGATE_KILLS"] ?? 200) / 5);
const width = 8;
/** Rows of one change: enough bytes that a kill finds one half written. */
const rowsMax = 20_000;
const url = (port: number) => `ws://127.0.0.1:${port}/v1`;

/** The rows of a dataset: each number tells the dataset, the row and the column. */
function rows(seed: number, from: number, to: number): WireTensor {
  const data = new Float64Array((to - from) * width);
  for (let i = 0; i < data.length; i++) data[i] = seed * 1e9 + (from * width + i);
  return toWire({ datatype: "FP64", shape: [to - from, width], data });
}

/** What a dataset must have: the rows that were acked, or those and the change whose ack did not come. */
interface ExpectedDataset {
  readonly name: string;
  readonly seed: number;
  acked: number;
  asked: number;
}

class Writer {
  private lastId = 0;
  readonly datasets: ExpectedDataset[] = [];

  constructor(private readonly socket: () => BareSocket) {}

  /** Puts and grows datasets until the socket is lost. */
  async work(): Promise<void> {
    for (;;) {
      const kept = this.datasets.filter(({ acked }) => acked > 0);
      const known = kept[Math.floor(Math.random() * kept.length)];
      if (known === undefined || Math.random() < 0.3) await this.put();
      else await this.change(known, { type: "append", columns: { X: this.more(known) } });
    }
  }

  private async put(): Promise<void> {
    const seed = this.datasets.length + 1;
    const dataset = { name: `d${seed}`, seed, acked: 0, asked: 0 };
    this.datasets.push(dataset);
    const columns = { X: this.more(dataset) };
    if (seed % 2 === 0) return this.change(dataset, { type: "put", columns });
    const middle = Math.ceil(dataset.asked / 2);
    const parts = [rows(seed, 0, middle), rows(seed, middle, dataset.asked + 1)].map((X) => ({ X }));
    dataset.asked++;
    const [first = columns, second = columns] = parts;
    const upload = dataset.name;
    await this.ask(dataset, { type: "put", columns: first, upload, part: 0 });
    await this.change(dataset, { type: "put", columns: second, upload, part: 1, last: true });
  }

  private more(dataset: ExpectedDataset): WireTensor {
    const from = dataset.asked;
    dataset.asked += 1 + Math.floor(Math.random() * rowsMax);
    return rows(dataset.seed, from, dataset.asked);
  }

  private async change(dataset: ExpectedDataset, frame: Change): Promise<void> {
    const answer = await this.ask(dataset, frame);
    expect(answer).toMatchObject({ type: "ack", rows: dataset.asked });
    dataset.acked = dataset.asked;
  }

  private ask({ name }: ExpectedDataset, frame: Change): Promise<GatewayFrame> {
    const id = ++this.lastId;
    const socket = this.socket();
    socket.send({ ...frame, id, dataset: name } as DatasetFrame);
    return socket.answer(id);
  }
}

type Change =
  | Omit<Extract<DatasetFrame, { type: "put" }>, "id">
  | Omit<Extract<DatasetFrame, { type: "append" }>, "id" | "dataset">;

it(`keeps datasets whole through kill -9, ${kills} times`, async () => {
  const models = await repositoryOf({});
  const data = await newDataFolder();
  let gateway = await startGateway(data, { models });
  const { port } = gateway;
  onTestFinished(() => gateway.dispose());
  let socket = await BareSocket.open(url(port));
  const writer = new Writer(() => socket);
  for (let kill = 1; kill <= kills; kill++) {
    const working = writer.work().catch((error: unknown) => {
      if (!String(error).includes("the socket closed")) throw error;
    });
    await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 400));
    await gateway.kill();
    await working;
    gateway = await startGateway(data, { port, models });
    socket = await BareSocket.open(url(port), { hello: false });
    socket.send({ type: "hello", max_message_bytes: 1e8 });
    await expectWhole(socket, writer.datasets);
  }
  expect(writer.datasets.length).toBeGreaterThan(kills / 10);
}, 3_600_000);

async function expectWhole(socket: BareSocket, datasets: readonly ExpectedDataset[]): Promise<void> {
  socket.send({ type: "datasets", id: 4_000_000_000, limit: 1_000 });
  const { datasets: listed } = (await socket.answer(4_000_000_000)) as unknown as {
    datasets: DatasetEntry[];
  };
  const found = new Map(listed.map((entry) => [entry.dataset, entry]));
  for (const dataset of datasets) {
    const present = found.get(dataset.name)?.rows ?? 0;
    expect([dataset.acked, dataset.asked], dataset.name).toContain(present);
    dataset.acked = present;
    dataset.asked = present;
    if (present > 0) await expectRows(socket, dataset);
  }
}

/** The same content put again is the same version; and a fit reads the rows as they were sent. */
async function expectRows(socket: BareSocket, { name, seed, acked }: ExpectedDataset): Promise<void> {
  const from = Math.max(0, acked - 500);
  const X = rows(seed, from, acked);
  const ids = [4_000_000_001, 4_000_000_002];
  const [byReference = 0, byBytes = 0] = ids;
  const question = { type: "infer", model: "empirical_covariance", outputs: ["location"] } as const;
  socket.frames.length = 0;
  socket.send(
    { ...question, id: byReference, inputs: { X: { ref: name, rows: [from, acked] } } },
    { ...question, id: byBytes, inputs: { X } },
  );
  const [one, two] = await Promise.all(ids.map((id) => socket.answer(id)));
  expect(one?.type, JSON.stringify(one)).toBe("result");
  expect((one as { outputs?: unknown }).outputs).toEqual((two as { outputs?: unknown }).outputs);
}
