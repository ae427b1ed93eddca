/** Changes of one model's folder are made one after another; those of several models side by side. */
import { SerialQueue } from "../../waiting/serial.js";

export class ModelTurns {
  private readonly lines = new Map<string, { readonly queue: SerialQueue; waiting: number }>();

  async run<T>(model: string, work: () => Promise<T>): Promise<T> {
    const line = this.lines.get(model) ?? { queue: new SerialQueue(), waiting: 0 };
    this.lines.set(model, line);
    line.waiting++;
    try {
      return await line.queue.run(work);
    } finally {
      if (--line.waiting === 0) this.lines.delete(model);
    }
  }
}
