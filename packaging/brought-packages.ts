/**
 * The packages that the `headgate` tarball brings in `dist/node_modules`, instead of naming them as dependencies.
 *
 * An installed package cannot use our `overrides` and `.npmrc`: npm reads both from the user's own project only.
 * So a user's `npm install` would run onnxruntime-node's install script, which downloads CUDA libraries from
 * api.nuget.org and fails the whole installation where that address is not reachable. It would also install gpu.js's
 * `gl`, which is compiled from source, and a second `webgpu` of 132 MB. docs/adr/0046 says more.
 */
export interface BroughtPackage {
  readonly name: string;
  /** The files and folders that are brought, relative to the package's folder. */
  readonly paths: readonly string[];
  /** A licence of ours for a package that ships none, relative to the repository. */
  readonly license?: string;
}

/** The systems whose ONNX Runtime is in every tarball; the system that packs it is always among them too. */
const systems = new Set(["linux/x64", "linux/arm64", `${process.platform}/${process.arch}`]);

const microsoft = "packaging/LICENSE.onnxruntime";

export const broughtPackages: readonly BroughtPackage[] = [
  {
    name: "onnxruntime-node",
    paths: ["README.md", "dist", ...[...systems].map((system) => `bin/napi-v6/${system}`)],
    license: microsoft,
  },
  { name: "onnxruntime-common", paths: ["README.md", "dist/cjs"], license: microsoft },
  { name: "gpu.js", paths: ["README.md", "LICENSE", "src"] },
  { name: "gpu-mock.js", paths: ["README.md", "LICENSE", "index.js"] },
  { name: "acorn", paths: ["README.md", "LICENSE", "dist/acorn.js", "dist/acorn.mjs"] },
];
