/** What is checked of a publication before the training, and again before anything is written. */
import { accessSync, constants } from "node:fs";
import { dirname } from "node:path";
import { aliasesMax, aliasName, aliasRule, modelNameProblem } from "../../../engines/onnx/model-config.js";
import type { ModelFolder } from "../../../engines/onnx/model-folder.js";
import { HeadgateError, invalidArgument } from "../../../protocol/errors.js";
import type { Publication } from "../../../protocol/train-frames.js";
import { requireScope } from "../../auth/authorization.js";
import type { Principal } from "../../auth/principal.js";
import type { Catalog } from "../../catalog/catalog.js";
import { writeFaultOf } from "../../storage/write-fault.js";

export interface PublicationLimits {
  readonly modelsMax: number;
  readonly versionsMax: number;
  readonly bytesMax: number;
}

export interface PublicationRulesOptions {
  /** The folder of the published models. */
  readonly folder: string;
  /** The folder of a model as it was read last. */
  readonly folderOf: (model: string) => ModelFolder | undefined;
  /** The folders of all models. */
  readonly folders: () => Iterable<ModelFolder>;
  readonly catalog: Pick<Catalog, "all">;
  readonly requiresSignature: boolean;
  readonly limits: PublicationLimits;
}

export class PublicationRules {
  constructor(private readonly options: PublicationRulesOptions) {}

  /**
   * @param bytes of the version, where they are known
   * @throws HeadgateError permission_denied, invalid_argument, failed_precondition, resource_exhausted
   */
  require({ model, version, traffic, aliases = [] }: Publication, principal: Principal, bytes = 0): void {
    requireScope(principal, "models:admin");
    if (this.options.requiresSignature) throw refused(unsigned);
    const problem = modelNameProblem(model);
    if (problem !== undefined) throw invalidArgument("publish.model", problem);
    if (version !== undefined && !/^[1-9]\d{0,14}$/.test(version))
      throw invalidArgument(
        "publish.version",
        `a version is a positive integer, as a string; got ${version}`,
      );
    if (traffic !== undefined && !(traffic >= 0 && traffic <= 1))
      throw invalidArgument("publish.traffic", `must be from 0 to 1; got ${traffic}`);
    for (const [at, alias] of aliases.entries())
      if (!aliasName.test(alias))
        throw invalidArgument(`publish.aliases[${at}]`, `${aliasRule}; got ${alias}`);
    this.requireFreeName(model);
    const folder = this.options.folderOf(model);
    if (folder !== undefined) this.requireOwn(folder, version);
    this.requireAliases(folder, aliases);
    this.requireWritable();
    this.requireRoom(folder, bytes);
  }

  private requireFreeName(model: string): void {
    for (const { servable } of this.options.catalog.all())
      if (servable.signature.name === model && servable.signature.kind !== "model")
        throw invalidArgument("publish.model", `${model} is the name of a ${servable.signature.kind}`);
  }

  private requireOwn({ name, path, config, versions }: ModelFolder, version: string | undefined): void {
    if (dirname(path) !== this.options.folder)
      throw refused(
        `publish.model: ${name} is a model of the operator's repository, to which nothing is published: choose another name`,
      );
    if ("reason" in config)
      throw refused(`publish.model: the config of ${name} cannot be used, mend it first: ${config.reason}`);
    if (versions.some((each) => String(each.version) === version))
      throw refused(`publish.version: ${name} has a version ${version} already: choose another, or none`);
  }

  private requireAliases(folder: ModelFolder | undefined, aliases: readonly string[]): void {
    const config = folder?.config;
    const known = config === undefined || "reason" in config ? {} : (config.aliases ?? {});
    const count = new Set([...Object.keys(known), ...aliases]).size;
    if (count > aliasesMax)
      throw refused(`publish.aliases: the model would have ${count} aliases, ${aliasesMax} are taken`);
  }

  private requireWritable(): void {
    try {
      accessSync(this.options.folder, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch (error) {
      const reason = writeFaultOf(error)?.reason ?? "it is not there";
      throw refused(`publish: nothing can be written to the folder of published models: ${reason}`);
    }
  }

  private requireRoom(folder: ModelFolder | undefined, bytes: number): void {
    const { limits, folders, folder: published } = this.options;
    const own = [...folders()].filter(({ path }) => dirname(path) === published);
    if (folder === undefined && own.length >= limits.modelsMax)
      throw exhausted(
        `${own.length} models are published, ${limits.modelsMax} may be (trained_models.published)`,
      );
    const used = own.reduce(
      (sum, { versions }) => sum + versions.reduce((of, each) => of + each.bytes, 0),
      0,
    );
    if (used + bytes >= limits.bytesMax)
      throw exhausted(
        `${used} bytes are published, ${limits.bytesMax} may be (trained_models.published_bytes)`,
      );
  }
}

const unsigned =
  "publish: this gateway serves only versions that are signed by one of repository.trusted_keys, and it holds no private key to sign with: train with keep_seconds, fetch the graph with jobs, add it with `headgate models add` and sign it with `headgate models sign`";

export function refused(message: string): HeadgateError {
  return new HeadgateError("failed_precondition", message);
}

function exhausted(message: string): HeadgateError {
  return new HeadgateError(
    "resource_exhausted",
    `publish: ${message}: remove some with \`headgate models remove\``,
    { retryable: false },
  );
}
