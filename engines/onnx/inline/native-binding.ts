/**
 * The native part of onnxruntime-node, which computes on the calling thread and returns the answer. The package's own
 * `run` calls it in a `setImmediate` and wraps the answer twice, which takes four times as long as a small model. It is
 * no public interface: it is used of the one release that it was read and tried of, and of no other.
 */
import { createRequire } from "node:module";
import type { InferenceSession, OnnxValue } from "onnxruntime-node";

/** The release whose native part is used. Before it is raised, `dist/backend.js` and `dist/binding.js` are read anew. */
export const knownRelease = "1.30.0";

export interface NativeSession {
  loadModel(path: string, options: InferenceSession.SessionOptions): void;
  run(
    feeds: Readonly<Record<string, OnnxValue>>,
    fetches: Readonly<Record<string, null>>,
    options: InferenceSession.RunOptions,
  ): Readonly<Record<string, OnnxValue>>;
  dispose(): void;
}

export interface NativeBinding {
  readonly InferenceSession: new () => NativeSession;
}

/** @returns undefined where another release is installed, or its parts are not where they were */
export function nativeBinding(release: string = installedRelease()): NativeBinding | undefined {
  if (release !== knownRelease) return undefined;
  try {
    const { binding, initOrt } = require("onnxruntime-node/dist/binding.js") as Partial<BindingModule>;
    if (binding === undefined || initOrt === undefined) return undefined;
    initOrt(); // without it the first session ends the process
    return binding;
  } catch {
    return undefined;
  }
}

/** The release of onnxruntime-node that is installed. */
export function installedRelease(): string {
  return (require("onnxruntime-node/package.json") as { version: string }).version;
}

interface BindingModule {
  readonly binding: NativeBinding;
  readonly initOrt: () => void;
}

const require = createRequire(import.meta.url);
