/** The adapter that WebGPU finds, and whether it is a card. */
import { openAdapter } from "../../engines/kernels/index.js";
import type { Adapter } from "./questions.js";

/** @throws Error saying why there is none that may be used */
export async function adapterHere(software: boolean): Promise<Adapter> {
  const card = await openAdapter(false);
  if (card.usable) return { description: card.description, software: false };
  if (!software) throw new Error(card.reason);
  const any = await openAdapter(true);
  if (!any.usable) throw new Error(any.reason);
  return { description: any.description, software: true };
}
