/** A model that is to be brought into a repository, and what became of it. */
import { join } from "node:path";

export interface ImportOptions {
  /** The .onnx file, or a folder with a model.onnx. */
  readonly path: string;
  readonly name: string;
  /** The repository's folder. */
  readonly models: string;
  /** Absent: one above the highest there is. */
  readonly version?: number | undefined;
  readonly golden?: string | undefined;
  readonly tokenizer?: string | undefined;
  readonly maxBatchSize?: number | undefined;
  /** Folder in which it is put together; absent: one of this process's own. */
  readonly stage?: string | undefined;
}

export interface ImportResult {
  readonly folder: string;
  /** What was decided and why, a line each. */
  readonly notes: readonly string[];
}

/** Where it is put together before it is put in its place. */
export function stageOf({ name, models, stage }: ImportOptions): string {
  return stage ?? join(models, `.adding-${name}-${process.pid}`);
}
