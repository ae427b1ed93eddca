/** Opens the models of the repository, and tells the catalog which are served and why others are not. */
import type { Logger } from "pino";
import type { Catalog } from "../engines/catalog.js";
import { schedulingOf, signatureOf } from "../engines/onnx/model-config.js";
import { type ModelVersion, readRepository } from "../engines/onnx/repository.js";
import type { ModelSource } from "../engines/pool/messages.js";
import type { Pool } from "../engines/pool/pool.js";
import { type Servable, servableKey } from "../engines/servable.js";
import { HeadgateError } from "../protocol/errors.js";
import type { Clock } from "./clock.js";
import type { Config } from "./config.js";

export interface Loading {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  readonly catalog: Catalog;
  readonly pool: Pool;
}

/** A worker that dies while it opens a model is restarted: then the model is opened again. */
const openAttempts = 3;
const openPauseMs = 500;

/** Settles once every model is served or refused. @throws when the folder cannot be read */
export async function loadModels(loading: Loading): Promise<void> {
  const { config, log, catalog } = loading;
  const { versions, refused } = await readRepository(config.models);
  for (const { name, reason } of refused) {
    catalog.refuse(name, reason);
    log.error({ model: name, reason }, "a model is not served");
  }
  await Promise.all(versions.map((version) => loadVersion(version, loading)));
}

async function loadVersion(
  found: ModelVersion,
  { config, log, clock, catalog, pool }: Loading,
): Promise<void> {
  const { modelPath, goldenPath } = found;
  const signature = signatureOf(found.config, found.version);
  const scheduling = schedulingOf(found.config, config.scheduling.default_timeout_ms);
  const servable: Servable = { signature, scheduling, lane: "models" };
  const key = servableKey(signature);
  catalog.set(servable, { kind: "loading" });
  const started = clock.now();
  try {
    await open(pool, key, { signature, modelPath, goldenPath }, found.config.instance_group.count);
    catalog.set(servable, { kind: "ready" });
    log.info({ model: key, ms: Math.round(clock.now() - started) }, "model loaded, golden answer reproduced");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    catalog.set(servable, { kind: "unavailable", reason });
    log.error({ model: key, reason }, "a model is not served");
  }
}

async function open(pool: Pool, key: string, source: ModelSource, count: number): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await pool.load(key, source, count);
    } catch (error) {
      if (!(error instanceof HeadgateError && error.retryable) || attempt === openAttempts) throw error;
      await new Promise<void>((resolve) => setTimeout(resolve, openPauseMs * attempt));
    }
  }
}
