/** What `.apply` and `.update` give, against scikit-learn and hmmlearn, and what all of them promise. */
import { describe, expect, it } from "vitest";
import { createGpujsKernels, createPlainKernels, type Kernels } from "../../engines/kernels/index.js";
import { watchedContext } from "../../engines/numerics/fit.js";
import { applications } from "../../engines/numerics/index.js";
import { type AppliedCase, appliedCases, appliedInputs } from "../golden/applied.js";
import { expectGolden, matrix, numbersOf, relativeError } from "../golden/golden.js";

const byName = new Map(applications.map((fit) => [fit.signature.name, fit]));
const names = [...byName.keys()];

function fitOf(name: string) {
  const fit = byName.get(name);
  if (fit === undefined) throw new Error(`no ${name}`);
  return fit;
}

function run(name: string, golden: AppliedCase, datatype: "FP64" | "FP32", kernels: Kernels) {
  const inputs = appliedInputs(golden, datatype);
  return fitOf(name).run(inputs, golden.parameters, { kernels, aborted: () => false });
}

it("has golden vectors for each", () => {
  for (const name of names) expect(appliedCases[name]?.length, name).toBeGreaterThan(0);
});

describe.each(names)("%s", (name) => {
  const cases = appliedCases[name] ?? [];
  const { signature } = fitOf(name);

  it.each(cases.map((golden) => [golden.data, golden] as const))(
    "gives scikit-learn's numbers for %s",
    async (_, golden) => {
      expectGolden(await run(name, golden, "FP64", createPlainKernels()), golden.expected, 1e-9);
    },
  );

  it("gives them in FP32 to 1e-4, on plain and on gpu.js kernels", async () => {
    const gpujs = await createGpujsKernels({ mode: "webasm" });
    for (const golden of cases.filter(({ data }) => !singlePrecisionIsNotEnough.has(data)))
      for (const kernels of [createPlainKernels(), gpujs]) {
        const outputs = await run(name, golden, "FP32", kernels);
        for (const [output, { shape, data }] of Object.entries(golden.expected)) {
          expect(outputs[output]?.shape, output).toEqual(shape);
          const error = relativeError(numbersOf(outputs, output), data);
          expect(error, `${output} of ${golden.data} on ${kernels.name}`).toBeLessThan(1e-4);
        }
      }
    expect(gpujs.fallbacks).toEqual([]);
    await gpujs.destroy();
  });

  it("answers with what its signature describes", async () => {
    for (const golden of cases) {
      const outputs = await run(name, golden, "FP64", createPlainKernels());
      for (const output of Object.keys(outputs)) {
        const spec = signature.outputs.find((each) => each.name === output);
        expect(spec?.datatypes, output).toContain(outputs[output]?.datatype);
        const ranks = [spec?.shape, ...(spec?.otherShapes ?? [])].map((shape) => shape?.length);
        expect(ranks, output).toContain(outputs[output]?.shape.length);
      }
      for (const spec of signature.outputs)
        if (!spec.optional) expect(Object.keys(outputs)).toContain(spec.name);
    }
  });

  it("asks for the first attribute that is missing", async () => {
    const [golden] = cases;
    if (golden === undefined) throw new Error("no case");
    const { X } = appliedInputs(golden, "FP64");
    if (X === undefined) throw new Error("no X");
    const refusal = fitOf(name).run({ X }, {}, { kernels: createPlainKernels(), aborted: () => false });
    const first = signature.inputs[0]?.name;
    await expect(refusal).rejects.toMatchObject({
      code: "invalid_argument",
      message: `inputs.${first}: missing; give the fit's attributes or a handle`,
    });
  });

  it("refuses rows of other columns than the fit's, and numbers that are not finite", async () => {
    const [golden] = cases;
    if (golden === undefined) throw new Error("no case");
    const inputs = appliedInputs(golden, "FP64");
    const wide = matrix([new Array(99).fill(1)]);
    const context = { kernels: createPlainKernels(), aborted: () => false };
    const { parameters } = golden;
    await expect(fitOf(name).run({ ...inputs, X: wide }, parameters, context)).rejects.toThrow(
      /inputs\.X: 99 columns; the fit it is applied to has \d+/,
    );
    const p = inputs.X?.shape[1] ?? 0;
    const endless = matrix([new Array(p).fill(Number.POSITIVE_INFINITY)]);
    await expect(fitOf(name).run({ ...inputs, X: endless }, parameters, context)).rejects.toThrow(
      /inputs\.X: column 0 has an infinity at row 0/,
    );
    if (signature.inputs.some((input) => input.name === "X" && input.allowNonFinite === true)) return;
    const holed = matrix([new Array(p).fill(Number.NaN)]);
    await expect(fitOf(name).run({ ...inputs, X: holed }, parameters, context)).rejects.toThrow(
      /inputs\.X: column 0 has NaN at row 0/,
    );
  });
});

it.each(names)("%s stops when nobody waits any more, however far it is", async (name) => {
  const [golden] = appliedCases[name] ?? [];
  if (golden === undefined) throw new Error("no case");
  const inputs = appliedInputs(golden, "FP64");
  const run = (aborted: () => boolean) => {
    const context = watchedContext({ kernels: createPlainKernels(), aborted });
    return fitOf(name).run(inputs, golden.parameters, context);
  };
  let looks = 0;
  await run(() => ++looks < 0);
  expect(looks).toBeGreaterThan(0);
  for (let at = 1; at <= looks; at++) {
    let left = at;
    await expect(run(() => --left <= 0)).rejects.toMatchObject({ code: "cancelled" });
  }
});

/** At an offset of 1e8, and where squares leave its range, float32 itself has no digit left. */
const singlePrecisionIsNotEnough = new Set(["offset", "huge", "tiny", "collinear"]);
