/** What a model's file says of itself: as ONNX Runtime reads it, without its weights being read, and of any bytes at all. */
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { InferenceSession } from "onnxruntime-node";
import { expect, it, onTestFinished } from "vitest";
import { readGraphHeader } from "../../engines/onnx/graph-header/graph-header.js";
import { field, onnxFile } from "../support/onnx.js";
import { echoModel } from "../support/repository.js";

const exported = fileURLToPath(new URL("../golden/onnx/", import.meta.url));

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "headgate-header-"));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

it("agrees with ONNX Runtime about each export's inputs and outputs", async () => {
  const files = (await readdir(exported)).filter((name) => name.endsWith(".onnx"));
  expect(files.length).toBeGreaterThan(5);
  for (const name of files) {
    const { inputs, outputs } = await readGraphHeader(join(exported, name));
    const session = await InferenceSession.create(join(exported, name), { logSeverityLevel: 3 });
    expect(
      inputs.map((each) => each.name),
      name,
    ).toEqual(session.inputNames);
    expect(
      outputs.map((each) => each.name),
      name,
    ).toEqual(session.outputNames);
    const shapes = session.inputMetadata.map((each) => (each.isTensor ? each.shape : null));
    const open = (size: number | string | null) => (typeof size === "number" ? size : "open");
    expect(
      inputs.map(({ shape }) => shape?.map(open)),
      name,
    ).toEqual(shapes.map((shape) => shape?.map(open)));
    await session.release();
  }
});

it("tells an input of unknown rank from a scalar, and an input with a default from one without", async () => {
  const path = join(await folder(), "model.onnx");
  const graph = {
    inputs: [
      { name: "any", type: 1 },
      { name: "scalar", type: 1, shape: [] },
      { name: "scale", type: 1, shape: [2] },
    ],
    outputs: [{ name: "Y", type: 1, shape: ["n", 2] }],
    nodes: [],
    constants: { scale: { floats: [1, 2] }, weights: { floats: new Array<number>(100_000).fill(1) } },
  };
  await writeFile(path, onnxFile(graph, { opset: 17 }));
  const { inputs, defaulted, opsets, irVersion } = await readGraphHeader(path);
  expect(inputs.map(({ name, shape }) => [name, shape])).toEqual([
    ["any", null],
    ["scalar", []],
  ]);
  expect(defaulted.map(({ name }) => name)).toEqual(["scale"]);
  expect([irVersion, opsets.get("")]).toEqual([8, 17]);
  // Of two values of one field the later one holds: IR version 3, which has every initialiser among its inputs.
  await writeFile(path, Uint8Array.from([...onnxFile(graph, { opset: 7 }), ...field(1, 3)]));
  const old = await readGraphHeader(path);
  expect([old.irVersion, old.inputs.length, old.defaulted]).toEqual([3, 2, []]);
});

it("of any bytes is read or refused, and never read on and on", async () => {
  const path = join(await folder(), "model.onnx");
  const damaged = fc.tuple(fc.nat(echoModel.length - 1), fc.nat(255)).map(([at, byte]) => {
    const bytes = Uint8Array.from(echoModel);
    bytes[at] = byte;
    return bytes;
  });
  const cut = fc.nat(echoModel.length).map((length) => echoModel.subarray(0, length));
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 64 }), damaged, cut), async (bytes) => {
      await writeFile(path, bytes);
      const header = await readGraphHeader(path).catch((error: Error) => error);
      expect(header instanceof Error ? header.message : header.inputs).toBeDefined();
    }),
    { numRuns: 300 },
  );
});
