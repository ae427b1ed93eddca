/**
 * Makes a trained or an uploaded model a version of the published models. It is written beside its place, proven as the
 * gateway proves every version, moved there, and opened: a version that does not serve is taken away again.
 */
import { mkdirSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { nanoid } from "nanoid";
import type { Logger } from "pino";
import { type ModelConfig, modelConfigSchema } from "../../../engines/onnx/model-config.js";
import type { ModelFolder } from "../../../engines/onnx/model-folder.js";
import { sourceOf } from "../../../engines/onnx/model-source.js";
import { historyFile, historyText, readHistory } from "../../../engines/onnx/promotion-history.js";
import { RepositoryReader, readVersion } from "../../../engines/onnx/repository.js";
import { versionFile, versionSettingsText } from "../../../engines/onnx/version-settings.js";
import { HeadgateError } from "../../../protocol/errors.js";
import type { Publication, PublishedVersion } from "../../../protocol/train-frames.js";
import type { Principal } from "../../auth/principal.js";
import type { Clock } from "../../clock.js";
import { diskRefusal, type FolderFiles, writeFiles } from "../folder-writer.js";
import type { LiveModels } from "../live-models.js";
import type { Proofs } from "../proofs.js";
import type { OnnxPublication, PublicationRequest } from "../trained-models.js";
import { identityOf } from "../version.js";
import type { ModelTurns } from "./model-turns.js";
import { publicationRecords } from "./publication-history.js";
import { type PublicationRules, refused } from "./publication-rules.js";
import { type ConfigFile, unusedVersions } from "./published-config.js";
import { type StagedVersion, type StagingPlace, stageExported, stageUploaded } from "./staged-version.js";
import { trainedVersion } from "./trained-version.js";
import { publicationFile, sweepUnfinished, unfinishedPrefix } from "./unfinished.js";
import { configFileOf, requireFreeVersion } from "./version-config.js";
import { placeVersion, takeVersionAway, type VersionPlace } from "./version-place.js";

export interface PublisherDependencies {
  /** The folder of the published models, which is made. */
  readonly folder: string;
  readonly rules: PublicationRules;
  readonly live: Pick<LiveModels, "serve" | "refresh">;
  readonly proofs: Pick<Proofs, "of" | "add" | "moved">;
  /** Shared with whatever else changes the folders of models. */
  readonly turns: ModelTurns;
  readonly versionsMax: number;
  /** The niceness of the process that proves a version. */
  readonly nice: number;
  readonly log: Logger;
  readonly clock: Pick<Clock, "wall">;
}

type StagingFunction = (place: StagingPlace) => Promise<StagedVersion>;

export class Publisher {
  constructor(private readonly dependencies: PublisherDependencies) {
    const { folder, log } = dependencies;
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      sweepUnfinished(folder);
    } catch (error) {
      log.error({ err: error, folder }, "nothing can be published: the folder cannot be used");
    }
  }

  requirePublishable(publication: Publication, principal: Principal): void {
    this.dependencies.rules.require(publication, principal);
  }

  publish({ publication, principal, model, card }: PublicationRequest): Promise<PublishedVersion> {
    const stage: StagingFunction = (place) => stageExported(place, { model, card });
    return this.dependencies.turns.run(publication.model, async () => {
      const { folder } = this.dependencies;
      // A job that a restart interrupted after its version was complete does not make another one.
      const before = await trainedVersion(await this.read(publication.model), card.job);
      if (before !== undefined) return this.bringIntoService(publication.model, before, card.job);
      this.dependencies.rules.require(publication, principal, model.onnx.byteLength);
      return this.write(publication, stage, { job: card.job, folder, by: principal.subject });
    });
  }

  async publishedBy(model: string, job: string): Promise<PublishedVersion | undefined> {
    const version = await trainedVersion(await this.read(model), job);
    return version === undefined ? undefined : { model, version: String(version) };
  }

  upload({ publication, principal, onnx }: OnnxPublication): Promise<PublishedVersion> {
    const { folder, rules, turns } = this.dependencies;
    return turns.run(publication.model, async () => {
      rules.require(publication, principal, onnx.byteLength);
      return this.write(publication, (place) => stageUploaded(place, onnx, this.dependencies), {
        job: null,
        folder,
        by: principal.subject,
      });
    });
  }

  private read(model: string): Promise<ModelFolder | undefined> {
    return new RepositoryReader(this.dependencies.folder).readOne(model);
  }

  private async write(
    publication: Publication,
    fill: StagingFunction,
    { job, folder, by }: { readonly job: string | null; readonly folder: string; readonly by: string },
  ): Promise<PublishedVersion> {
    const { model } = publication;
    const known = await this.read(model);
    const version = requireFreeVersion(publication, known);
    const stage = join(folder, `${unfinishedPrefix}${nanoid()}`);
    const knownConfig = known && join(known.path, "config.json");
    try {
      const staged = await fill({ stage, model, version, knownConfig });
      const file = await configFileOf(publication, version, staged, known);
      await writeFiles(stage, {
        "config.json": `${JSON.stringify(file, null, 2)}\n`,
        ...(staged.card !== undefined && { "README.md": staged.card }),
        ...this.settingsFile(publication, version),
        ...(await this.historyOf(publication, version, known, { file, by })),
        ...(known !== undefined && { [publicationFile]: JSON.stringify({ model, version }) }),
      });
      const moved = await this.prove(stage, model, version, modelConfigSchema.parse(file));
      const [path, hasCard] = [join(folder, model), staged.card !== undefined];
      const place: VersionPlace = { stage, path, version, hasCard, isKnown: known !== undefined };
      const before = await placeVersion(place);
      moved(path);
      const published = await this.bringIntoService(model, version, job).catch(async (error: unknown) => {
        await takeVersionAway(place, before);
        await this.dependencies.live.refresh(model);
        throw error;
      });
      if (known !== undefined) await this.removeUnused(model);
      return published;
    } catch (error) {
      throw refusalOf(error, stage, folder);
    } finally {
      await rm(stage, { recursive: true, force: true }).catch(() => undefined);
    }
  }

  /** The model's record with what this publication changes; nothing where it changes nothing of what answers. */
  private async historyOf(
    publication: Publication,
    version: number,
    known: ModelFolder | undefined,
    { file, by }: { readonly file: ConfigFile; readonly by: string },
  ): Promise<FolderFiles> {
    const maker = { by, ts: this.dependencies.clock.wall() };
    const records = publicationRecords(publication, version, known, modelConfigSchema.parse(file), maker);
    if (records.length === 0) return {};
    const before = known === undefined ? [] : await readHistory(known.path);
    return { [historyFile]: historyText(before, ...records) };
  }

  /** The version expires by the wall clock, so that a restart of the gateway does not extend its time. */
  private settingsFile({ expires_after_ms: afterMs }: Publication, version: number): FolderFiles {
    if (afterMs === undefined) return {};
    const expiresTs = this.dependencies.clock.wall() + afterMs;
    return { [join(String(version), versionFile)]: versionSettingsText({ expiresTs }) };
  }

  /**
   * In the hidden folder, so that what does not reproduce its golden answer is at no time a version.
   * @returns to be called with the model's folder once the version was moved there: it is not proven again
   */
  private async prove(
    stage: string,
    model: string,
    version: number,
    config: ModelConfig,
  ): Promise<(path: string) => void> {
    const { proofs, nice } = this.dependencies;
    const found = await readVersion(stage, version);
    const source = sourceOf(config, found, config.execution_providers ?? ["cpu"]);
    const proven = { source, stamp: identityOf(config, found) };
    await proofs.of({ ...proven, key: `${model}@${version}`, nice });
    return (path) => {
      // Without execution_providers it is opened with those of the gateway, which this proof says nothing of.
      if (config.execution_providers !== undefined)
        proofs.moved(proven, join(path, relative(stage, source.modelPath)));
    };
  }

  private async bringIntoService(
    model: string,
    version: number,
    job: string | null,
  ): Promise<PublishedVersion> {
    const { live, log } = this.dependencies;
    await live.serve(model, version);
    log.info({ model, version, job }, "a version was published");
    return { model, version: String(version) };
  }

  private async removeUnused(model: string): Promise<void> {
    const { folder, versionsMax, log } = this.dependencies;
    const known = await this.read(model);
    if (known === undefined || "reason" in known.config) return;
    const versions = known.versions.map(({ version }) => version);
    const excess = versions.length - versionsMax;
    if (excess <= 0) return;
    for (const version of unusedVersions({ config: known.config, versions }).slice(0, excess)) {
      const aside = join(folder, `${unfinishedPrefix}${nanoid()}`);
      await rename(join(known.path, String(version)), aside); // one rename: no half version is ever read
      await rm(aside, { recursive: true, force: true });
      log.info({ model, version }, "an old version that nothing led to was removed");
    }
  }
}

/** @param folders whose paths are not told to clients */
function refusalOf(error: unknown, ...folders: readonly string[]): HeadgateError {
  const told = diskRefusal("the version could not be written to the disk", error);
  if (told instanceof HeadgateError) return told;
  let reason = told instanceof Error ? told.message : String(told);
  for (const folder of folders) reason = reason.replaceAll(`${folder}/`, "");
  return refused(`publish: the version is not served: ${reason}`);
}
