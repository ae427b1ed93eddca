/** What a kept proof of a version's rows holds for: another setting of its batches is proven anew. */
import { expect, it } from "vitest";
import { sourceOf } from "../../engines/onnx/model-source.js";
import { digestOf } from "../../engines/onnx/proving/digest.js";
import { RepositoryReader } from "../../engines/onnx/repository.js";
import { echoConfig, repositoryOf } from "../support/repository.js";

it("another batching setting or batch size is another proof's, another name is not", async () => {
  const digest = async (name: string, change: object = {}) => {
    const [found] = await new RepositoryReader(
      await repositoryOf({ [name]: { config: { ...echoConfig(name), ...change } } }),
    ).read();
    const version = found?.versions[0];
    if (found === undefined || version === undefined || "reason" in found.config) throw new Error("no model");
    return digestOf(sourceOf(found.config, version, ["cpu"]), "here");
  };
  const plain = await digest("echo");
  expect(await digest("other")).toBe(plain);
  expect(await digest("echo", { batching: "exact" })).not.toBe(plain);
  expect(await digest("echo", { batching: "asserted" })).not.toBe(plain);
  expect(await digest("echo", { max_batch_size: 9 })).not.toBe(plain);
});
