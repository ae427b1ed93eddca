/**
 * Finds a WebGPU adapter under Node and sets `navigator.gpu`, where gpu.js looks for it. This is the only file in the
 * folder that changes a global, and it does so only when called.
 */
import { vulkanDriverInstalled } from "./vulkan-driver.js";

export type AdapterAnswer =
  | { readonly usable: true; readonly description: string }
  | { readonly usable: false; readonly reason: string };

/** Names that software renderers give themselves; `isFallbackAdapter` does not identify all of them. */
const softwareRenderer = /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render/i;

/**
 * Requests the adapter that gpu.js will use. A software renderer is rejected unless `allowSoftware`. Never throws:
 * without the native package or a driver it returns the reason.
 */
export async function openAdapter(allowSoftware = false): Promise<AdapterAnswer> {
  if (!(await vulkanDriverInstalled(process.env, process.platform)))
    return { usable: false, reason: "no Vulkan driver is installed" };
  try {
    const { gpu } = await ensureNavigator();
    const adapter = await gpu.requestAdapter();
    if (adapter === null) return { usable: false, reason: "no WebGPU adapter answers" };
    const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
    const named = [description, vendor, architecture, device].filter(Boolean).join(", ");
    const software = isFallbackAdapter === true || softwareRenderer.test(named);
    if (software && !allowSoftware) return { usable: false, reason: `software renderer: ${named}` };
    return { usable: true, description: named };
  } catch (cause) {
    return { usable: false, reason: cause instanceof Error ? cause.message : String(cause) };
  }
}

async function ensureNavigator(): Promise<{ readonly gpu: GPU }> {
  const present: { readonly gpu?: GPU } | undefined = Reflect.get(globalThis, "navigator");
  if (present?.gpu !== undefined) return { gpu: present.gpu };
  const { create } = await import("webgpu");
  const gpu = create([]);
  // Node 20 has no navigator; later versions have one without `gpu`, which cannot be assigned because it is a getter.
  Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true, writable: true });
  return { gpu };
}
