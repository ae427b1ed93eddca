/** A model's folder in the repository, as it was read from disk. */

import type { PromotionRecord } from "../../protocol/promotion-frames.js";
import type { Layout } from "./layouts/layout.js";
import type { ModelConfig } from "./model-config.js";

export interface VersionFolder {
  readonly version: number;
  /** The folder with the version's files. */
  readonly path: string;
  /** Folders of the operator's choice that links in the folder may lead into, beside the folder itself. */
  readonly linkedFolders: readonly string[];
  /** Why it cannot serve: its folder is a link that leads out of the repository, or its settings cannot be read. */
  readonly fault?: string;
  readonly modelPath: string;
  readonly goldenPath: string;
  /** The digest of the model's settings that a signature covers; empty where the config is invalid. */
  readonly settingsDigest: string;
  /** Milliseconds since the epoch at which the version expires; absent: never. */
  readonly expiresTs?: number;
  /** A hash that changes whenever a file of the version does. */
  readonly stamp: string;
  /** Bytes of all files of the version. */
  readonly bytes: number;
}

export interface ModelFolder {
  readonly name: string;
  readonly path: string;
  readonly layout: Layout["kind"];
  /** A hash that changes whenever anything in the folder does. */
  readonly stamp: string;
  /**
   * The config from config.json, from another server's file or from the graph; or the reason why none can be used.
   */
  readonly config: ModelConfig | InvalidConfig;
  /** Sentences that say which settings of the folder are not applied, and where the others were read. */
  readonly notes: readonly string[];
  /** The model card: the text of its README.md, up to 16,384 characters. */
  readonly card: string | null;
  /** The SHA-256 of the card's whole text; null where the model has none. */
  readonly cardDigest: string | null;
  /** Why the README.md is not read as the card; absent: it is, or there is none. */
  readonly cardFault?: string;
  /** Its promotions and rollbacks, the oldest first. */
  readonly history?: readonly PromotionRecord[];
  /** Every version on disk, whether the version policy serves it or not. */
  readonly versions: readonly VersionFolder[];
}

export interface InvalidConfig {
  readonly reason: string;
}
