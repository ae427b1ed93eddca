/** A policy of the TypeScript client: numbers by name, and another layout refused before it is sent. */
import { describe, expect, test } from "vitest";
import type { Description } from "../../client/typescript/description.js";
import type { ObservationLayout } from "../../client/typescript/observation-layout.js";
import type { InferResult, Inputs } from "../../client/typescript/options.js";
import { Policy } from "../../client/typescript/policy.js";
import type { Tensor } from "../../protocol/tensor.js";

const layout: ObservationLayout = {
  window: 2,
  columns: ["return[0]", "feature[1]"],
  state: ["position[0]"],
  actions: { kind: "weight", low: -1, high: 1 },
};
const named = {
  "return[0]@-1": 1,
  "feature[1]@-1": 2,
  "return[0]": 3,
  "feature[1]": 4,
  "position[0]": 5,
};

/** A gateway whose policy answers the negated sum. */
function policyOf(told: ObservationLayout | undefined, action?: Tensor) {
  const sent: Tensor[] = [];
  const entry = { name: "trader", version: "1", ...(told !== undefined && { policy: told }) };
  const description: Description = { models: [entry], detectors: [], kernels: null };
  let described = 0;
  const policy = new Policy(
    "trader",
    {
      describe: async () => {
        described++;
        return description;
      },
      infer: async (_, inputs: Inputs): Promise<InferResult> => {
        const observation = inputs["observation"] as Tensor;
        sent.push(observation);
        const sum = (observation.data as Float32Array).reduce((total, value) => total + value, 0);
        const data = Float32Array.of(-sum);
        return {
          ...{ model: "trader", version: "1", backend: "onnxruntime-cpu", precision: "FP32", cached: false },
          timing: { queueMs: 0, computeMs: 0, batchSize: 1 },
          outputs: { action: action ?? { datatype: "FP32", shape: [1, 1], data } },
          source: "gateway",
        };
      },
    },
    {},
  );
  return { policy, sent, described: () => described };
}

describe("a policy that tells its layout", () => {
  test("takes numbers by name, whatever their order, and asks for the layout once", async () => {
    const { policy, sent, described } = policyOf(layout);
    const reversed = Object.fromEntries(Object.entries(named).reverse());
    expect(await policy.act(reversed)).toMatchObject({ action: -15, source: "gateway" });
    expect(await policy.act([1, 2, 3, 4, 5])).toMatchObject({ action: -15 });
    expect(sent.map(({ shape, data }) => [shape, [...(data as Float32Array)]])).toEqual([
      [
        [1, 5],
        [1, 2, 3, 4, 5],
      ],
      [
        [1, 5],
        [1, 2, 3, 4, 5],
      ],
    ]);
    expect(described()).toBe(1);
    expect(await policy.layout()).toEqual(layout);
  });

  test.each([
    [{ ...named, rsi: 1 }, "observation: has rsi, which it does not take; this policy takes 2 rows"],
    [
      { "position[0]": 1 },
      "observation: lacks return[0]@-1, feature[1]@-1, return[0], feature[1]; this policy",
    ],
    [
      [1, 2, 3],
      "observation: has 3 numbers, and this policy takes 5: 2 rows, the oldest first, of return[0]",
    ],
    [[1, 2, Number.NaN, 4, 5], "observation: return[0] is no finite number"],
  ])("refuses another observation before anything is sent: %j", async (observation, message) => {
    const { policy, sent } = policyOf(layout);
    await policy.layout();
    await expect(policy.act(observation)).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining(message),
    });
    expect(sent).toEqual([]);
  });

  test("of a discrete one the action is a number, of several assets one for each", async () => {
    const discrete = policyOf(layout, { datatype: "INT64", shape: [1], data: BigInt64Array.of(2n) });
    expect((await discrete.policy.act(named)).action).toBe(2);
    const several = policyOf(layout, { datatype: "FP32", shape: [1, 2], data: Float32Array.of(0.5, -0.5) });
    expect((await several.policy.act(named)).action).toEqual([0.5, -0.5]);
  });
});

test("a policy without a layout takes numbers in their order, and says so of names", async () => {
  const { policy, sent } = policyOf(undefined);
  expect((await policy.act([1, 2])).action).toBe(-3);
  await expect(policy.act({ position: 1 })).rejects.toThrow("does not tell the layout of its observation");
  expect(sent).toHaveLength(1);
});
