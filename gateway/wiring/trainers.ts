/** The trainers that this gateway has. */
import type { Signature } from "../../engines/servable.js";

export const trainerSignatures: readonly Signature[] = [];
