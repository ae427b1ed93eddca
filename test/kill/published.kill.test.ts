/**
 * The gateway is killed at random moments while models are published. Afterwards each version that was acked serves, and
 * one that was not acked serves or is not there: nothing is half there. HEADGATE_KILLS says how often.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { newDataFolder, startGateway } from "../raw-client/gateway-process.js";
import { echoModel, repositoryOf } from "../support/repository.js";
import { BareSocket } from "../support/socket.js";

const kills = Math.ceil(Number(process.env["HEADGATE_KILLS"] ?? 200) / 10);
const url = (port: number) => `ws://127.0.0.1:${port}/v1`;

interface PublishedModel {
  readonly model: string;
  acked: number;
  asked: number;
}

async function publish(socket: BareSocket, asked: PublishedModel, id: number): Promise<void> {
  const version = String(++asked.asked);
  const frame = {
    type: "upload",
    id,
    publish: { model: asked.model, version, aliases: [`a${version}`] },
    onnx: echoModel,
  } as const;
  socket.send(frame);
  expect(await socket.answer(id)).toMatchObject({ type: "ack", version });
  asked.acked = asked.asked;
}

it(`a version is published or it is not, through kill -9, ${kills} times`, async () => {
  const models = await repositoryOf({});
  const data = await newDataFolder();
  let gateway = await startGateway(data, { models });
  const { port } = gateway;
  onTestFinished(() => gateway.dispose());
  const all: PublishedModel[] = [];
  let id = 0;
  for (let kill = 1; kill <= kills; kill++) {
    const socket = await BareSocket.open(url(port));
    const asked = { model: `m${Math.ceil(kill / 4)}`, acked: 0, asked: 0 };
    const known = all.find(({ model }) => model === asked.model) ?? asked;
    if (known === asked) all.push(asked);
    const working = (async () => {
      for (;;) await publish(socket, known, ++id);
    })().catch((error: unknown) => {
      if (!String(error).includes("the socket closed")) throw error;
    });
    await new Promise((resolve) => setTimeout(resolve, 200 + Math.random() * 1_500));
    await gateway.kill();
    await working;
    gateway = await startGateway(data, { models, port });
    for (const each of all) await expectWhole(port, data, each);
  }
}, 3_600_000);

async function expectWhole(port: number, data: string, asked: PublishedModel): Promise<void> {
  const folder = join(data, "published");
  expect((await readdir(folder)).filter((name) => name.startsWith("."))).toEqual([]);
  const socket = await BareSocket.open(url(port));
  socket.send({ type: "describe", id: 1 });
  const { models } = (await socket.answer(1)) as unknown as { models: Record<string, unknown>[] };
  const versions = models.filter(({ name }) => name === asked.model);
  const served = Object.fromEntries(
    versions.map(({ version, state, aliases }) => [version, [state, aliases]]),
  );
  const expected = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [String(at + 1), ["ready", [`a${at + 1}`]]]));
  expect([expected(asked.acked), expected(asked.asked)]).toContainEqual(served);
  // A version that was published without its ack is not asked for again.
  asked.asked = versions.length;
  asked.acked = versions.length;
  socket.close();
}
