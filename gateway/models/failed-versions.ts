/** The versions of one model that could not be served, each with the reason, as long as its files stay as they are. */
import type { ModelConfig } from "../../engines/onnx/model-config.js";
import type { VersionFolder } from "../../engines/onnx/model-folder.js";
import { identityOf, type Version } from "./version.js";

interface FailedVersion {
  readonly identity: string;
  readonly reason: string;
}

export class FailedVersions {
  /** By number, the first to fail first. */
  private readonly failed = new Map<number, FailedVersion>();

  get byNumber(): ReadonlyMap<number, FailedVersion> {
    return this.failed;
  }

  add({ number, identity }: Version, reason: string): void {
    this.failed.set(number, { identity, reason });
  }

  reasonOf(number: number): string | undefined {
    return this.failed.get(number)?.reason;
  }

  /** The reason of the first that failed. */
  get reason(): string | undefined {
    const [first] = this.failed.values();
    return first?.reason;
  }

  forget(number: number): void {
    this.failed.delete(number);
  }

  forgetAll(): void {
    this.failed.clear();
  }

  /** Forgets the versions that are no longer on disk, and answers their numbers. */
  forgetGone(versions: readonly VersionFolder[]): readonly number[] {
    const gone = [...this.failed.keys()].filter((number) =>
      versions.every(({ version }) => version !== number),
    );
    for (const number of gone) this.failed.delete(number);
    return gone;
  }

  /**
   * Forgets the failure of changed files once the files and the config are again those that are served.
   *
   * @param servedIdentity of the version with this number that is served
   */
  forgetRestored(
    versions: readonly VersionFolder[],
    config: ModelConfig,
    servedIdentity: (number: number) => string | undefined,
  ): void {
    for (const each of versions)
      if (servedIdentity(each.version) === identityOf(config, each)) this.failed.delete(each.version);
  }
}
