/** The models a worker holds: opened, proven on their golden answers, run, closed. */
import type { Host, Run } from "../pool/host.js";
import type { Done, ModelSource } from "../pool/messages.js";
import { mismatch, readGolden } from "./golden.js";
import { OnnxSession } from "./session.js";

export class ModelHost implements Host {
  private readonly sessions = new Map<string, OnnxSession>();

  constructor(private readonly intraOpThreads: number) {}

  async load(key: string, source: ModelSource): Promise<void> {
    const golden = await readGolden(source.goldenPath);
    const session = await OnnxSession.open(source, this.intraOpThreads);
    const { outputs } = await session.run(golden.inputs, null);
    const wrong = mismatch(golden, outputs);
    if (wrong !== undefined) {
      await session.close();
      throw new Error(`${source.modelPath}: golden answer not reproduced: ${wrong}`);
    }
    this.sessions.set(key, session);
  }

  async unload(key: string): Promise<void> {
    const session = this.sessions.get(key);
    this.sessions.delete(key);
    await session?.close();
  }

  run({ key, inputs, outputs }: Run): Promise<Done> {
    const session = this.sessions.get(key);
    if (session === undefined) throw new Error(`${key} is not loaded in this worker`);
    return session.run(inputs, outputs);
  }
}
