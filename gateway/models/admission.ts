/**
 * Which files a version is opened from. Where signatures are required, these are a copy in the data folder, made of the
 * bytes that were verified: what is changed in the repository afterwards is never loaded, whether in the proof, in a
 * worker, or in a worker that was restarted.
 */
import { rm } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Logger } from "pino";
import type { ModelSource } from "../../engines/onnx/model-source.js";
import type { TrustedKey } from "../../engines/onnx/signing/keys.js";
import type { RepositoryMetrics } from "../observe/repository-metrics.js";
import type { Proofs } from "./proofs.js";

export interface AdmissionRequest {
  readonly key: string;
  readonly source: ModelSource;
  /** Differs whenever one of its files in the repository does. */
  readonly stamp: string;
  /** The niceness of the process that verifies its signature. */
  readonly nice: number;
  /** Aborted when the version is no longer to be served. */
  readonly signal?: AbortSignal | undefined;
}

export interface AdmittedVersion {
  /** The version with the files that it is opened from. */
  readonly source: ModelSource;
  /**
   * Differs whenever one of the files that it is opened from does. The stamp of the repository's own files does not say
   * so: who may write there may also set the times of files.
   */
  readonly stamp: string;
  /** The digest of the model's card that was signed; null: there was none. Undefined: no signature is required. */
  readonly cardDigest?: string | null;
  /** Removes the files that were made for it. Called once no worker will open it again. */
  release(): void;
}

export interface VersionAdmission {
  /** Whether only what is signed is served. */
  readonly requiresSignature: boolean;
  /** @throws with the reason why the version is not opened */
  admit(request: AdmissionRequest): Promise<AdmittedVersion>;
}

/** Serves the files as they are in the repository. */
export const unsignedAdmission: VersionAdmission = {
  requiresSignature: false,
  admit: async ({ source, stamp }) => ({ source, stamp, release() {} }),
};

export interface SignedAdmissionDependencies {
  readonly proofs: Pick<Proofs, "verify">;
  readonly metrics: Pick<RepositoryMetrics, "signatureChecked">;
  readonly log: Logger;
  readonly trusted: readonly TrustedKey[];
  /** The folder of the copies, which this process alone writes to. It is emptied first. */
  readonly copies: string;
}

export class SignedAdmission implements VersionAdmission {
  readonly requiresSignature = true;
  private admitted = 0;
  private readonly emptied: Promise<void>;

  constructor(private readonly dependencies: SignedAdmissionDependencies) {
    this.emptied = rm(dependencies.copies, { recursive: true, force: true });
    this.emptied.catch(() => {}); // the first version that is admitted reports it
  }

  async admit({ key, source, stamp, nice, signal }: AdmissionRequest): Promise<AdmittedVersion> {
    const { proofs, metrics, log, trusted, copies } = this.dependencies;
    await this.emptied;
    const { folder, linkedFolders, modelPath, settingsDigest, signature } = source;
    const { name, version } = signature;
    const copyTo = join(copies, String(this.admitted++));
    const release = () => this.remove(copyTo);
    const asked = { folder, linkedFolders, modelPath, settingsDigest, name, version: Number(version) };
    try {
      const verified = await proofs.verify(
        { kind: "verify", version: asked, trusted, copyTo },
        { nice, signal },
      );
      metrics.signatureChecked(signature, verified.outcome);
      if (verified.outcome !== "verified") throw new Error(verified.reason);
      log.info({ model: key, key_id: verified.keyId }, "a version's signature was verified");
      const { cardDigest, manifestDigest } = verified;
      return {
        source: movedTo(copyTo, source),
        stamp: `${stamp}|${manifestDigest}`,
        cardDigest,
        release,
      };
    } catch (error) {
      release();
      throw error;
    }
  }

  private remove(copy: string): void {
    rm(copy, { recursive: true, force: true }).catch((error: unknown) =>
      this.dependencies.log.warn({ err: error, folder: copy }, "a verified copy could not be removed"),
    );
  }
}

function movedTo(folder: string, source: ModelSource): ModelSource {
  const moved = (path: string) => join(folder, relative(source.folder, path));
  return {
    ...source,
    folder,
    linkedFolders: [],
    modelPath: moved(source.modelPath),
    goldenPath: moved(source.goldenPath),
  };
}
