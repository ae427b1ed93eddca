/** Which execution provider a session starts on, with providers that are there and that are not. */
import { describe, expect, it } from "vitest";
import type { ProviderName } from "../../engines/onnx/provider-names.js";
import { probeMachine, startFirst } from "../../engines/onnx/providers.js";

const opened: ProviderName[] = [];
const open = async (provider: ProviderName) => {
  opened.push(provider);
  if (provider === "webgpu") throw new Error("no device");
  return provider;
};
const all = async () => undefined;
const without =
  (...names: ProviderName[]) =>
  async (provider: ProviderName) =>
    names.includes(provider) ? `${provider} is not installed` : undefined;

describe("an explicit list", () => {
  it("is tried in its order, and what did not start is told", async () => {
    const probe = without("tensorrt");
    expect(await startFirst(["tensorrt", "webgpu", "cpu", "cuda"], open, probe)).toEqual({
      session: "cpu",
      provider: "cpu",
      fellBack: [
        { provider: "tensorrt", reason: "tensorrt is not installed" },
        { provider: "webgpu", reason: "no device" },
      ],
    });
    expect(opened).toEqual(["webgpu", "cpu"]);
  });

  it("without one that starts fails with every reason", async () => {
    await expect(startFirst(["cuda", "webgpu"], open, without("cuda"))).rejects.toThrow(
      "no execution provider can serve it: cuda: cuda is not installed; webgpu: no device",
    );
  });
});

describe("auto", () => {
  it("takes CUDA where it is installed, and says nothing of what is not", async () => {
    expect((await startFirst(null, open, all)).provider).toBe("cuda");
    const { provider, fellBack } = await startFirst(null, open, without("cuda", "tensorrt", "webgpu"));
    expect({ provider, fellBack }).toEqual({ provider: "cpu", fellBack: [] });
  });

  it("tells of one that is there and does not start", async () => {
    const { provider, fellBack } = await startFirst(null, open, without("cuda", "tensorrt"));
    expect({ provider, fellBack }).toEqual({
      provider: "cpu",
      fellBack: [{ provider: "webgpu", reason: "no device" }],
    });
  });

  it("fails with the model's own error when only the CPU is there", async () => {
    const broken = async () => {
      throw new Error("model.onnx: corrupt");
    };
    const cpuOnly = without("cuda", "tensorrt", "webgpu");
    await expect(startFirst(null, broken, cpuOnly)).rejects.toThrow(/^model\.onnx: corrupt$/);
  });
});

it("a library that is not installed beside ONNX Runtime is named", async () => {
  expect(await probeMachine("cpu")).toBeUndefined();
  expect(await probeMachine("tensorrt")).toMatch(/onnxruntime_providers_tensorrt is not installed/);
});
