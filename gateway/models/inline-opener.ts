/**
 * Opens sessions on the thread of the sockets. ONNX Runtime is loaded into it only where models may be computed there:
 * that takes 40 ms, before the gateway is ready, and 15 MB.
 */
import type { OpenInline } from "./inline-models.js";

const sessions = () => import("../../engines/onnx/inline/inline-session.js");

export const openInline: OpenInline = async (source) => (await sessions()).openInline(source);

/** Loads what opening a session needs. */
export async function prepareInline(): Promise<void> {
  (await sessions()).prepare();
}
