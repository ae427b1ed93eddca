import { describe, expect, it } from "vitest";
import type { Tensors } from "../../engines/engine.js";
import { defaultCalibration, parseCalibration } from "../../engines/kernels/index.js";
import { FitHost } from "../../engines/numerics/fit-host.js";
import type { Parameters } from "../../engines/servable.js";
import { samples } from "../../load-tests/gpu/definitions.js";

function run(host: FitHost, n: number, p: number, parameters: Parameters) {
  const inputs: Tensors = { X: { datatype: "FP64", shape: [n, p], data: samples(n * p, 1) } };
  return host.run({ key: "pca@1", inputs, parameters, outputs: null }, () => false);
}

describe("FitHost", () => {
  it("tells the backend and the precision that its calibration chose", async () => {
    const host = new FitHost(() => {}, { threads: 1 });
    expect(await run(host, 6, 3, {})).toMatchObject({ backend: "plain", precision: "FP64" });
    expect(await run(host, 200, 60, {})).toMatchObject({ backend: "ort", precision: "FP64" });
    const [plain] = defaultCalibration.backends;
    const only = new FitHost(() => {}, { calibration: { version: 1, backends: plain ? [plain] : [] } });
    expect(await run(only, 200, 60, {})).toMatchObject({ backend: "plain", precision: "FP64" });
  });

  it("measures a calibration that it can be given back", async () => {
    const calibration = await new FitHost(() => {}).calibrate();
    const known = calibration.backends.map(({ name, precision }) => `${name} ${precision}`);
    expect(known).toEqual(expect.arrayContaining(["plain FP64", "ort FP64", "ort FP32"]));
    expect(parseCalibration(JSON.parse(JSON.stringify(calibration)))).toEqual(calibration);
  });
});
