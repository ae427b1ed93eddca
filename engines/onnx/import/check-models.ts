/** A repository held against everything the gateway asks of it, without serving it. */
import { chooseVersions } from "../model-config.js";
import { sourceOf } from "../model-source.js";
import { RepositoryReader } from "../repository.js";
import { type ProofFunction, proveInProcess } from "./prove-in-process.js";

export interface ModelCheck {
  /** `name` or `name@version`. */
  readonly what: string;
  /** Why it would not be served; undefined: it would. */
  readonly reason?: string;
  /** Why requests that its config would have computed together are computed one by one. */
  readonly alone?: string;
}

/** Opens each version that would be served, and proves it on its golden answer. @throws when the folder cannot be read */
export async function checkModels(
  folder: string,
  prove: ProofFunction = proveInProcess,
): Promise<ModelCheck[]> {
  const checked: ModelCheck[] = [];
  for (const { name, config, versions, path } of await new RepositoryReader(folder).read()) {
    if ("reason" in config) {
      checked.push({ what: name, reason: config.reason });
      continue;
    }
    const chosen = chooseVersions(
      config.version_policy,
      versions.map(({ version }) => version),
    );
    if (chosen.length === 0) checked.push({ what: name, reason: `${path}: no version that would be served` });
    for (const found of versions.filter(({ version }) => chosen.includes(version))) {
      const what = `${name}@${found.version}`;
      try {
        const { batching } = await prove(sourceOf(config, found, ["cpu"]));
        const alone = config.max_batch_size > 1 && !batching.together;
        checked.push({ what, ...(alone && { alone: batching.reason }) });
      } catch (error) {
        checked.push({ what, reason: error instanceof Error ? error.message : String(error) });
      }
    }
  }
  return checked;
}
