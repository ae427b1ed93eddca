import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "headgate-client";
import { afterEach, beforeEach, expect, it } from "vitest";
import { defaultCalibration } from "../../engines/kernels/calibration.js";
import { keepCalibration, readCalibration } from "../../gateway/storage/calibration.js";
import { startGateway } from "../support/gateway.js";

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "headgate-calibration-"));
});
afterEach(() => rmSync(data, { recursive: true }));

it("comes back as it was kept, for the same machine alone", () => {
  keepCalibration(join(data, "made"), "a machine", defaultCalibration);
  expect(readCalibration(join(data, "made"), "a machine")).toEqual(defaultCalibration);
  expect(readCalibration(join(data, "made"), "another")).toBeNull();
});

it("that is not there, or broken, is none", () => {
  expect(readCalibration(data, "a machine")).toBeNull();
  for (const broken of [
    "{",
    '{"machine":"a machine"}',
    '{"machine":"a machine","calibration":{"version":0}}',
  ]) {
    writeFileSync(join(data, "calibration.json"), broken);
    expect(readCalibration(data, "a machine")).toBeNull();
  }
});

it("is measured at the first start, kept, and told by describe and in each result", async () => {
  const gateway = await startGateway({ data });
  const gate = await connect(gateway.url);
  try {
    const X = { datatype: "FP64", shape: [300, 80], data: new Float64Array(24_000).map(Math.sin) } as const;
    const { backend, precision } = await gate.infer("empirical_covariance", { X });
    expect(["plain", "ort"]).toContain(backend);
    expect(precision).toBe("FP64");
    const { kernels } = await gate.describe("pca");
    expect(kernels).toMatchObject({
      machine: expect.stringMatching(/^[0-9a-f]{16}$/),
      backends: expect.any(Array),
    });
    const kept = JSON.parse(readFileSync(join(data, "calibration.json"), "utf8")) as { machine: string };
    expect(kept.machine).toContain("Node"); // the folder is the operator's, the wire is anybody's
  } finally {
    await gate.close();
    await gateway.stop();
  }
});
