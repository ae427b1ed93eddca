/** Checks a repository against all the gateway's requirements, without serving it. */
import { whyNoVersion } from "../layouts/no-version.js";
import { chooseVersions } from "../model-config.js";
import { sourceOf } from "../model-source.js";
import { RepositoryReader } from "../repository.js";
import { nanNotes } from "./golden-nan.js";
import { type ProofFunction, proveInProcess } from "./prove-in-process.js";

export interface ModelCheck {
  /** `name` or `name@version`. */
  readonly what: string;
  /** Why the version would not be served; undefined: it would be. */
  readonly reason?: string;
  /** Why requests are computed one by one although the config would batch them. */
  readonly alone?: string;
  /** Sentences that say which settings of the folder are not applied, and what the model's clients should know. */
  readonly notes?: readonly string[];
}

/**
 * Opens each version that would be served, and checks it against its golden answer.
 * @throws when the folder cannot be read
 */
export async function checkModels(
  folder: string,
  prove: ProofFunction = proveInProcess,
): Promise<ModelCheck[]> {
  const checked: ModelCheck[] = [];
  for (const model of await new RepositoryReader(folder).read()) {
    const { name, config, versions } = model;
    if ("reason" in config) {
      checked.push({ what: name, reason: config.reason });
      continue;
    }
    const chosen = chooseVersions(
      config,
      versions.map(({ version }) => version),
    );
    if (chosen.length === 0) checked.push({ what: name, reason: whyNoVersion(model) });
    for (const found of versions.filter(({ version }) => chosen.includes(version))) {
      const what = `${name}@${found.version}`;
      try {
        if (found.fault !== undefined) throw new Error(found.fault);
        const proof = await prove(sourceOf(config, found, ["cpu"]));
        const { batching } = proof;
        const alone = config.max_batch_size > 1 && !batching.together;
        const notes = [...model.notes, ...proof.notes, ...(await nanNotes(config, found.goldenPath))];
        checked.push({ what, ...(alone && { alone: batching.reason }), ...(notes.length > 0 && { notes }) });
      } catch (error) {
        const { notes } = model;
        const reason = error instanceof Error ? error.message : String(error);
        checked.push({ what, reason, ...(notes.length > 0 && { notes }) });
      }
    }
  }
  return checked;
}
