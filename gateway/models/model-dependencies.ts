/** What all live models share. */
import type { Logger } from "pino";
import type { Catalog } from "../catalog/catalog.js";
import type { Clock } from "../clock.js";
import type { RepositoryMetrics } from "../observe/repository-metrics.js";
import type { Loader } from "./loader.js";
import type { OnDemandLoader } from "./on-demand-loader.js";
import type { VersionRetirement } from "./retirement.js";
import type { Shadows } from "./shadows.js";
import type { VersionDefaults } from "./version.js";

export interface ModelDependencies {
  readonly log: Logger;
  readonly clock: Clock;
  readonly catalog: Catalog;
  readonly metrics: RepositoryMetrics;
  readonly loader: Loader;
  readonly retirement: VersionRetirement;
  readonly onDemand: OnDemandLoader;
  readonly shadows: Shadows;
  /** Called when a version answers requests, after the start. */
  readonly serving: (model: string, version: string) => void;
  readonly defaults: VersionDefaults;
  /** When a model is opened whose config does not say. */
  readonly load: "startup" | "first_use";
}
