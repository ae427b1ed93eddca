/** A model that a client publishes over its socket serves on the same socket, is announced, and follows its alias. */
import { readFile } from "node:fs/promises";
import { expect, it, onTestFinished } from "vitest";
import { connect, tensor } from "../../client/typescript/index.js";
import { startGateway } from "../support/gateway.js";
import { echoModel, negated, repositoryOf } from "../support/repository.js";
import { until } from "../support/until.js";

it("an upload is a version, an event and an alias; keys without the scope may not", async () => {
  const gateway = await startGateway({ models: await repositoryOf({}) });
  onTestFinished(() => gateway.stop());
  const gate = await connect(gateway.url);
  onTestFinished(() => gate.close());
  const announced: unknown[] = [];
  gate.subscribe("model.echo", {
    onServing: ({ model, version, traffic, job }) => announced.push({ model, version, traffic, job }),
  });
  await gate.upload("echo", echoModel, { aliases: ["champion"] });
  await gate.upload("echo", negated.model as Uint8Array, { traffic: 0.25, aliases: ["challenger"] });
  const ask = async (version: string) => {
    const { outputs } = await gate.infer("echo", { X: tensor([[1, 2]]) }, { version });
    return Array.from(outputs["Y"]?.data ?? [], Number);
  };
  expect(await ask("champion")).toEqual([1, 2]);
  expect(await ask("challenger")).toEqual([-1, -2]);
  await until(async () =>
    expect(announced).toEqual([
      { model: "echo", version: "1", traffic: 1, job: null },
      { model: "echo", version: "2", traffic: 0.25, job: null },
    ]),
  );
  const { models } = await gate.describe("echo");
  expect(models.map(({ version, traffic, aliases }) => [version, traffic, aliases])).toEqual([
    ["1", 0.75, ["champion"]],
    ["2", 0.25, ["challenger"]],
  ]);
  const junk = new Uint8Array(await readFile(new URL(import.meta.url)));
  await expect(gate.upload("echo", junk)).rejects.toMatchObject({ code: "invalid_argument" });
  expect(await ask("1")).toEqual([1, 2]);
});
