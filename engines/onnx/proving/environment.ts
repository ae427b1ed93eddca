/**
 * The environment that a proof is valid for: another runtime may compute other numbers and take other amounts of
 * memory.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

export function provingEnvironment(intraOpThreads: number): string {
  const path = createRequire(import.meta.url).resolve("onnxruntime-node/package.json");
  const { version } = JSON.parse(readFileSync(path, "utf8")) as { version: string };
  const { platform, arch, version: node } = process;
  return `onnxruntime-node ${version}, Node ${node}, ${platform} ${arch}, ${intraOpThreads} threads`;
}
