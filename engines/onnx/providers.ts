/**
 * Chooses the execution provider of a session. A configured provider that fails to start is reported, and the next
 * one in the list is tried. `auto` tries only the providers that this machine has.
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

/** Returns the reason why a provider cannot start on this machine; undefined when it may. */
export type ProviderProbe = (provider: ProviderName) => Promise<string | undefined>;

/**
 * @param wanted providers in the order in which they are tried; null: `auto`
 * @throws the last provider's error, because the fault may be the model's
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

/**
 * Checks that the provider's library exists before ONNX Runtime loads it, because ONNX Runtime prints errors of its
 * own about a missing one.
 */
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
