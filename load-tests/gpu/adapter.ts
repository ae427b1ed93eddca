/** Finds the WebGPU adapter, and whether it is a graphics card or a software renderer. */
import { openAdapter } from "../../engines/kernels/index.js";
import type { Adapter } from "./questions.js";

/** @throws Error with the reason when there is no adapter that may be used */
export async function adapterHere(software: boolean): Promise<Adapter> {
  const card = await openAdapter(false);
  if (card.usable) return { description: card.description, software: false };
  if (!software) throw new Error(card.reason);
  const any = await openAdapter(true);
  if (!any.usable) throw new Error(any.reason);
  return { description: any.description, software: true };
}
