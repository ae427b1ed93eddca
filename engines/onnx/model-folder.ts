/** A model of the repository as it lies on disk. */
import type { Layout } from "./layouts/layout.js";
import type { ModelConfig } from "./model-config.js";

export interface VersionFolder {
  readonly version: number;
  readonly modelPath: string;
  readonly goldenPath: string;
  /** Changes whenever a file in it does. */
  readonly stamp: string;
  /** Of all its files. */
  readonly bytes: number;
}

export interface ModelFolder {
  readonly name: string;
  readonly path: string;
  readonly layout: Layout["kind"];
  /** Changes whenever anything in the folder does. */
  readonly stamp: string;
  /** What config.json says, or another server's file, or the graph itself; or why it cannot be used. */
  readonly config: ModelConfig | InvalidConfig;
  /** What of the folder is not applied, and where the rest was read: a sentence each. */
  readonly notes: readonly string[];
  /** The model's card: what its README.md says, up to 16,384 characters. */
  readonly card: string | null;
  /** Every version on disk, served or not. */
  readonly versions: readonly VersionFolder[];
}

export interface InvalidConfig {
  readonly reason: string;
}
