/**
 * The pages of documentation that are generated from the code: `npm run docs` writes them, and a test holds that they
 * are current.
 */
import { configurationReference } from "../../gateway/config/reference.js";
import { clientsPage } from "./capabilities.js";
import { decisionIndex } from "./decision-index.js";
import { numericsPage } from "./parity-table.js";

export interface GeneratedPage {
  /** The path from the repository's root. */
  readonly path: string;
  readonly make: () => string;
}

export const generatedPages: readonly GeneratedPage[] = [
  { path: "docs/configuration.md", make: configurationReference },
  { path: "docs/numerics.md", make: numericsPage },
  { path: "docs/clients.md", make: clientsPage },
  { path: "docs/adr/README.md", make: decisionIndex },
];
