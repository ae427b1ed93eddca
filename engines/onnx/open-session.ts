/** Opens a version and checks it against its golden answer: first in a proving process, then in each worker. */

import { type GoldenAnswer, mismatch } from "./golden.js";
import type { ModelSource } from "./model-source.js";
import type { ProviderName } from "./provider-names.js";
import { type ModelSession, OnnxSession } from "./session.js";
import { TextSession } from "./text/text-session.js";

/** @throws when the file is not a model, or the graph and the config disagree */
export function openSession(
  source: ModelSource,
  intraOpThreads: number,
  provider: ProviderName,
): Promise<ModelSession> {
  const kind = source.tokenizer === undefined ? OnnxSession : TextSession;
  return kind.open(source, intraOpThreads, provider);
}

/** @throws naming the first difference from the golden answer */
export async function reproduce(
  session: ModelSession,
  golden: GoldenAnswer,
  source: ModelSource,
): Promise<void> {
  const { outputs, refused } = await session.run(golden.inputs, null);
  const wrong = refused?.[0]?.reason ?? mismatch(golden, outputs);
  if (wrong !== undefined) throw new Error(`${source.modelPath}: golden answer not reproduced: ${wrong}`);
}
