/** The native part of onnxruntime-node is used of one release only, which the package names exactly. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { installedRelease, knownRelease, nativeBinding } from "../../engines/onnx/inline/native-binding.js";

const { dependencies, devDependencies } = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
) as Readonly<Record<"dependencies" | "devDependencies", Readonly<Record<string, string>>>>;

/**
 * When this fails, onnxruntime-node was raised: read its dist/backend.js and dist/binding.js, run this folder and
 * test/engines with `knownRelease` at the new one, and only then change it.
 */
it("is of the release that package.json pins and that is installed", () => {
  expect({
    pinned: { ...dependencies, ...devDependencies }["onnxruntime-node"],
    installed: installedRelease(),
  }).toEqual({
    pinned: knownRelease,
    installed: knownRelease,
  });
});

it("has what a session needs, and is not used of another release", () => {
  const binding = nativeBinding();
  expect(Object.getOwnPropertyNames(binding?.InferenceSession.prototype)).toEqual(
    expect.arrayContaining(["loadModel", "run", "dispose"]),
  );
  expect(nativeBinding("1.31.0")).toBeUndefined();
});
