/**
 * Which execution provider a session runs on. A provider that is asked for and does not start is told,
 * and the next in the list is tried. `auto` asks only for what this machine has.
 */
import { readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { openAdapter } from "../kernels/webgpu-adapter.js";
import { type ProviderFallback, type ProviderName, providerNames } from "./provider-names.js";

export interface ProviderSession<T> {
  readonly session: T;
  readonly provider: ProviderName;
  readonly fellBack: readonly ProviderFallback[];
}

/** Why a provider cannot start here; undefined when it may. */
export type ProviderProbe = (provider: ProviderName) => Promise<string | undefined>;

/**
 * @param wanted in the order to try them; null: `auto`
 * @throws what the last one failed with: the model itself may be at fault
 */
export async function startFirst<T>(
  wanted: readonly ProviderName[] | null,
  open: (provider: ProviderName) => Promise<T>,
  probe: ProviderProbe = probeMachine,
): Promise<ProviderSession<T>> {
  const fellBack: ProviderFallback[] = [];
  let last: unknown;
  for (const provider of wanted ?? providerNames) {
    const lacking = await probe(provider);
    if (lacking !== undefined) {
      if (wanted !== null) fellBack.push({ provider, reason: lacking });
      continue;
    }
    try {
      return { session: await open(provider), provider, fellBack };
    } catch (error) {
      last = error;
      fellBack.push({ provider, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  const reasons = fellBack.map(({ provider, reason }) => `${provider}: ${reason}`).join("; ");
  throw last instanceof Error && fellBack.length === 1
    ? last
    : new Error(`no execution provider can serve it: ${reasons}`);
}

let adapter: Promise<string | undefined> | undefined;

/** Looks for the library before ONNX Runtime does, which prints its own errors about a missing one. */
export async function probeMachine(provider: ProviderName): Promise<string | undefined> {
  if (provider === "cpu") return undefined;
  if (provider === "webgpu") {
    adapter ??= openAdapter().then((answer) => (answer.usable ? undefined : answer.reason));
    return adapter;
  }
  const library = `onnxruntime_providers_${provider}`;
  const installed = (await runtimeFiles()).some((file) => file.includes(library));
  return installed ? undefined : `the library ${library} is not installed beside onnxruntime-node`;
}

async function runtimeFiles(): Promise<string[]> {
  const bin = join(dirname(createRequire(import.meta.url).resolve("onnxruntime-node")), "../bin");
  return readdir(bin, { recursive: true }).catch((): string[] => []);
}
