/** Says why a model has no version that is served, and how to add one. Pure. */
import type { ModelFolder } from "../model-folder.js";

export function whyNoVersion({ path, versions, notes }: ModelFolder): string {
  const numbers = versions.map(({ version }) => version).join(", ");
  if (numbers !== "") return `${path}: no version that the version_policy serves; there are ${numbers}`;
  if (notes.length > 0) return `${path}: no version folder. ${notes.join(" ")}`;
  return `${path}: no version folder that the version policy serves: put the model into ${path}/1/model.onnx`;
}
