/** What an agent goes on with while no gateway answers: the last answer that the gateway gave about each model. */
import type { Fallback } from "../../client/typescript/index.js";

type FallbackOutputs = Awaited<ReturnType<Fallback>>;

export class LastAnswers {
  private readonly outputs = new Map<string, NonNullable<FallbackOutputs>>();

  /** Remembers an answer of the gateway. */
  keep(model: string, outputs: NonNullable<FallbackOutputs>): void {
    this.outputs.set(model, outputs);
  }

  /** The client's fallback; without an earlier answer the request fails. */
  readonly fallback: Fallback = ({ model }) => this.outputs.get(model);
}
