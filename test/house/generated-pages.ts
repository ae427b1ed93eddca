/**
 * The pages of documentation that are generated from the code, and the table of trainers in the Python client:
 * `npm run docs` writes them, and a test holds that they are current.
 */
import { configurationReference } from "../../gateway/config/reference.js";
import { clientsPage } from "./capabilities.js";
import { decisionIndex } from "./decision-index.js";
import { numericsPage } from "./parity-table.js";
import { policiesTable, trainersTable } from "./trainers-table.js";

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
  { path: "client/python/src/headgate/sklearn/training/trainers.jsonl", make: trainersTable },
  { path: "client/python/src/headgate/rl/policies.jsonl", make: policiesTable },
];
