/**
 * Finds a WebGPU adapter under Node and puts it where gpu.js looks, at `navigator.gpu`. The one place of
 * the room that touches a global, and only when called.
 */
import { vulkanDriverInstalled } from "./vulkan-driver.js";

export type AdapterAnswer =
  | { readonly usable: true; readonly description: string }
  | { readonly usable: false; readonly reason: string };

/** Software renderers by the names their drivers give; `isFallbackAdapter` does not name them all. */
const softwareRenderer = /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render/i;

/**
 * Asks for the adapter that gpu.js will use. A software renderer is no GPU unless `allowSoftware`.
 * Answers, never throws: without the native package or a driver the answer is the reason.
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
  // Node 20 has no navigator; later ones have one without gpu, as a getter that takes no assignment.
  Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true, writable: true });
  return { gpu };
}
