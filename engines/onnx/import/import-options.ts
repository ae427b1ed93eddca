/** The options of adding a model to a repository, and the result. */
import { join } from "node:path";

export interface ImportOptions {
  /** The path of the .onnx file, or of a folder with a model.onnx. */
  readonly path: string;
  readonly name: string;
  /** The path of the repository's folder. */
  readonly models: string;
  /** The version's number; absent: one above the highest existing one. */
  readonly version?: number | undefined;
  readonly golden?: string | undefined;
  readonly tokenizer?: string | undefined;
  readonly maxBatchSize?: number | undefined;
  /** The folder in which the version is assembled; absent: one that is named after this process. */
  readonly stage?: string | undefined;
}

export interface ImportResult {
  readonly folder: string;
  /** Sentences that say what was decided and why. */
  readonly notes: readonly string[];
}

/** The folder in which the version is assembled before it is moved into place. */
export function stageOf({ name, models, stage }: ImportOptions): string {
  return stage ?? join(models, `.adding-${name}-${process.pid}`);
}
