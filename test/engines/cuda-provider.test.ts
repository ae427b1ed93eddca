/** The CUDA provider out of a wheel: a small one of the test's, with the hash that is pinned for it. */
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { installProvider, runtimeHere } from "../../engines/onnx/cuda/install-provider.js";
import { missingLibraries } from "../../engines/onnx/cuda/missing-libraries.js";
import { cudaLibraries, cudaWheel, type ProviderWheel } from "../../engines/onnx/cuda/provider-wheel.js";
import { zip } from "../support/zip.js";

const version = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"))
  .devDependencies["onnxruntime-node"] as string;

let folder: string;
let server: Server | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "headgate-cuda-"));
});
afterEach(() => {
  server?.close();
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const provider = Buffer.alloc(300_000, "the provider ");
const shared = Buffer.from("what providers share");
const wheelBytes = zip(
  [
    ["onnxruntime/LICENSE", Buffer.from("MIT")],
    ["onnxruntime/capi/shared.so", shared],
    ["onnxruntime/capi/cuda.so", provider],
  ],
  { stored: ["onnxruntime/capi/shared.so"] },
);
const pinned: ProviderWheel = {
  version,
  project: "onnxruntime-gpu",
  file: "onnxruntime_gpu-1.whl",
  bytes: wheelBytes.length,
  sha256: createHash("sha256").update(wheelBytes).digest("hex"),
  libraries: ["onnxruntime/capi/shared.so", "onnxruntime/capi/cuda.so"],
};
const index = "http://127.0.0.1:9/simple"; // discards: nothing listens

function written(bytes: Buffer): string {
  const path = join(folder, "given.whl");
  writeFileSync(path, bytes);
  return path;
}

async function served(listener: RequestListener): Promise<string> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}/simple/`;
}

const to = () => join(folder, "lib");
const install = (options: { wheel?: string; index?: string }, wheel = pinned) =>
  installProvider(wheel, { index, to: to(), ...options }, () => {});

it("is pinned for the onnxruntime-node that package.json names, and that is installed", async () => {
  expect(cudaWheel.version).toBe(version);
  expect((await runtimeHere()).version).toBe(version);
  expect(cudaWheel.file).toContain(`-${version}-`);
  expect(cudaWheel.sha256).toMatch(/^[0-9a-f]{64}$/);
});

describe("from a file", () => {
  it("puts its libraries there, byte for byte, and nothing else", async () => {
    const paths = await install({ wheel: written(wheelBytes) });
    expect(paths).toEqual([join(to(), "shared.so"), join(to(), "cuda.so")]);
    expect(readFileSync(join(to(), "cuda.so")).equals(provider)).toBe(true);
    expect(readFileSync(join(to(), "shared.so")).equals(shared)).toBe(true);
    expect(readdirSync(to()).sort()).toEqual(["cuda.so", "shared.so"]);
    await install({ wheel: written(wheelBytes) }); // again, over itself
    expect(readdirSync(to())).toHaveLength(2);
  });

  const other = Buffer.from(wheelBytes);
  other[100] = (other[100] ?? 0) ^ 1;
  it.each([
    ["of another hash", other, /has the hash .*\. It is not taken/],
    ["cut short", wheelBytes.subarray(0, 900), /has 900 bytes; .* has \d+/],
  ])("%s: nothing is installed", async (_, bytes, why) => {
    await expect(install({ wheel: written(bytes) })).rejects.toThrow(why);
    expect(readdirSync(to())).toEqual([]);
  });

  it("that is pinned and yet lacks a library, or is no archive, is refused whole", async () => {
    const lacking = { ...pinned, libraries: ["onnxruntime/capi/shared.so", "onnxruntime/capi/rocm.so"] };
    await expect(install({ wheel: written(wheelBytes) }, lacking)).rejects.toThrow(
      /has no onnxruntime\/capi\/rocm\.so/,
    );
    const text = Buffer.from("not an archive at all");
    const sha256 = createHash("sha256").update(text).digest("hex");
    const odd = { ...pinned, bytes: text.length, sha256 };
    await expect(install({ wheel: written(text) }, odd)).rejects.toThrow(/is no zip archive/);
    expect(readdirSync(to())).toEqual([]);
  });

  it("of another version than onnxruntime-node's is not looked at", async () => {
    const later = { ...pinned, version: "99.0.0" };
    await expect(install({ wheel: written(wheelBytes) }, later)).rejects.toThrow(
      `onnxruntime-node is ${version} and the pinned provider is of 99.0.0`,
    );
  });
});

describe("from an index", () => {
  const page = (href: string) =>
    `<a href="../../files/${href}#sha256=00">${href}</a><a href="other.whl">other.whl</a>`;

  it("is found on the project's page, fetched, and taken", async () => {
    const asked: string[] = [];
    const at = await served((request, response) => {
      asked.push(request.url ?? "");
      response.end(request.url?.startsWith("/files/") ? wheelBytes : page(pinned.file));
    });
    await install({ index: at });
    expect(asked).toEqual(["/simple/onnxruntime-gpu/", `/files/${pinned.file}`]);
    expect(readdirSync(to()).sort()).toEqual(["cuda.so", "shared.so"]);
  });

  it.each<[string, RequestListener, RegExp]>([
    [
      "has no such file",
      (_, response) => response.end(page("onnxruntime_gpu-2.whl")),
      /has no onnxruntime_gpu-1\.whl/,
    ],
    ["answers 404", (_, response) => response.writeHead(404).end(), /onnxruntime-gpu\/ answers 404/],
    [
      "sends more than the file has",
      (request, response) =>
        response.end(
          request.url?.startsWith("/files/") ? Buffer.concat([wheelBytes, wheelBytes]) : page(pinned.file),
        ),
      /is longer than the \d+ bytes/,
    ],
    [
      "hangs up in the middle",
      (request, response) => {
        if (!request.url?.startsWith("/files/")) return response.end(page(pinned.file));
        response.writeHead(200, { "content-length": wheelBytes.length });
        return response.write(wheelBytes.subarray(0, 500), () => response.destroy());
      },
      /./,
    ],
  ])("that %s: nothing is installed, and the reason told", async (_, listener, why) => {
    await expect(install({ index: await served(listener) })).rejects.toThrow(why);
    expect(readdirSync(to())).toEqual([]);
  });

  it("that nobody answers at is named", async () => {
    await expect(install({})).rejects.toThrow(/127\.0\.0\.1:9\/simple\/onnxruntime-gpu\/: /);
  });
});

it("tells which of the libraries it needs are not found, and where they come from", async () => {
  writeFileSync(join(folder, "libcudart.so.13"), "");
  writeFileSync(join(folder, "libcudnn.so.9"), "");
  const missing = (await missingLibraries({ LD_LIBRARY_PATH: `/nowhere:${folder}` })).map(
    ({ library }) => library,
  );
  expect(missing).not.toContain("libcudart.so.13");
  expect(missing).not.toContain("libcudnn.so.9");
  const none = await missingLibraries({});
  expect(cudaLibraries.length).toBeGreaterThanOrEqual(none.length);
  expect(none.length).toBeGreaterThanOrEqual(missing.length);
});
