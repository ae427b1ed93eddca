/** The owner of the topics `model.<name>`: snapshots report the versions that serve; events report new ones. */

import type { ModelExpired, ModelPromoted } from "../../protocol/promotion-frames.js";
import { modelTopic, nameIn } from "../../protocol/topics.js";
import type { ModelVersions } from "../../protocol/train-frames.js";
import type { Catalog } from "../catalog/catalog.js";
import type { LoggedEvent, TopicKey, WritableEventLog } from "../events/event-log.js";
import { topicKey } from "../events/event-namespace.js";
import type { TopicOwner } from "../events/topic-owner.js";

export function modelTopics(catalog: Pick<Catalog, "all" | "shares">): TopicOwner {
  return {
    state: ({ topic }) => versionsOf(catalog, nameIn(topic)),
    feed: () => ({ lastTs: null, silentMs: null }),
    topics: () => [...new Set(served(catalog).map(({ name }) => modelTopic(name)))],
  };
}

/** Null for a model without a version that answers. */
function versionsOf(catalog: Pick<Catalog, "all" | "shares">, model: string): ModelVersions | null {
  const shares = catalog.shares(model);
  const versions = served(catalog)
    .filter(({ name }) => name === model)
    .map(({ version }) => ({ version, traffic: shares.get(version) ?? 0 }));
  return versions.length === 0 ? null : { kind: "model_versions", model, versions };
}

/** The versions that answer requests, also those that are opened at their first request. */
function served(catalog: Pick<Catalog, "all">) {
  return catalog
    .all()
    .filter(
      ({ servable, state }) =>
        servable.signature.kind === "model" && (state.kind === "ready" || state.kind === "unloaded"),
    )
    .map(({ servable }) => servable.signature);
}

export interface ModelEventSources {
  readonly catalog: Pick<Catalog, "shares">;
  readonly log: Pick<WritableEventLog, "commit">;
  readonly publish: (event: LoggedEvent) => void;
  /** The job that publishes this version now; null for a version from another source. */
  readonly publisherOf: (model: string, version: string) => string | null;
  /** Called for an event that could not be written. Snapshots show the version all the same. */
  readonly notLogged: (error: unknown) => void;
}

/** Logs that a version serves from now on, once for all namespaces. */
export function servingListener({ catalog, log, publish, publisherOf, notLogged }: ModelEventSources) {
  return (model: string, version: string): void => {
    const traffic = catalog.shares(model).get(version) ?? 0;
    const data = {
      kind: "model_serving",
      model,
      version,
      traffic,
      job: publisherOf(model, version),
    } as const;
    const key = topicKey("", modelTopic(model));
    log.commit({ events: [{ key, data }] }, publish).catch(notLogged);
  };
}

/** Events of a topic that are read at a time, to find whether one was told already. */
const readMax = 1_000;

export interface ExpiryEventSources extends Pick<ModelEventSources, "publish" | "notLogged"> {
  readonly log: Pick<WritableEventLog, "commit" | "read">;
}

/** Logs that a version has expired, once for all namespaces; not again after a restart while the log has the event. */
export function expiryListener({ log, publish, notLogged }: ExpiryEventSources) {
  return async (data: ModelExpired): Promise<void> => {
    const key = topicKey("", modelTopic(data.model));
    try {
      if (!(await isLogged(log, key, data))) await log.commit({ events: [{ key, data }] }, publish);
    } catch (error) {
      notLogged(error);
    }
  };
}

async function isLogged(
  log: Pick<WritableEventLog, "read">,
  key: TopicKey,
  { version, expires_ts: expiresTs }: ModelExpired,
): Promise<boolean> {
  let after = 0;
  for (;;) {
    const events = await log.read(key, after, readMax);
    for (const { data } of events)
      if (data.kind === "model_expired" && data.version === version && data.expires_ts === expiresTs)
        return true;
    const last = events.at(-1);
    if (last === undefined || events.length < readMax) return false;
    after = last.offset;
  }
}

/** Logs that a version was promoted or taken back, once for all namespaces. */
export function promotionListener({
  log,
  publish,
  notLogged,
}: Pick<ModelEventSources, "log" | "publish" | "notLogged">) {
  return (data: ModelPromoted): void => {
    const key = topicKey("", modelTopic(data.model));
    log.commit({ events: [{ key, data }] }, publish).catch(notLogged);
  };
}
