/** What a lane's worker runs: models in one, fits in the other. */
import type { Done, LoadReport, ModelSource, ToWorker } from "./messages.js";

export type Run = Extract<ToWorker, { kind: "run" }>;

export interface Host {
  /** @throws with the reason when the version cannot be served; nothing of it is kept */
  load?(key: string, source: ModelSource): Promise<LoadReport>;
  unload?(key: string): Promise<void>;
  run(run: Run, aborted: () => boolean): Promise<Done>;
}
