/** Metrics of trainings. */
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

export interface JobReadings {
  /** Jobs that are kept, by their state. */
  readonly states: Readonly<Record<string, number>>;
  /** Jobs that wait for a place. */
  readonly queued: number;
  /** Jobs that hold a place. */
  readonly running: number;
  readonly places: number;
}

/** From a linear model on a few rows to a network that learns for an hour. */
const secondsBuckets = [0.01, 0.05, 0.25, 1, 5, 15, 60, 300, 900, 3_600];

export class JobMetrics {
  private readonly fits: Histogram<"trainer">;
  private readonly ends: Counter<"trainer" | "state">;
  private readings: () => JobReadings = () => ({ states: {}, queued: 0, running: 0, places: 0 });

  constructor(registry: Registry) {
    const registers = [registry];
    this.fits = new Histogram({
      name: "headgate_training_fit_seconds",
      help: "Time of the library's own fit",
      labelNames: ["trainer"],
      buckets: secondsBuckets,
      registers,
    });
    this.ends = new Counter({
      name: "headgate_training_jobs_ended_total",
      help: "Trainings that have ended: done, failed or cancelled",
      labelNames: ["trainer", "state"],
      registers,
    });
    const kept = new Gauge({
      name: "headgate_training_jobs",
      help: "Trainings that are kept, by their state",
      labelNames: ["state"],
      registers,
      collect: () => {
        const { states, queued, running, places } = this.readings();
        for (const [state, count] of Object.entries(states)) kept.set({ state }, count);
        queue.set(queued);
        used.set(running);
        all.set(places);
      },
    });
    // Declared after `kept`, which is collected first and sets all of them.
    const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
    const queue = gauge("headgate_training_queue", "Trainings that wait for a place");
    const used = gauge("headgate_training_places_used", "Places in which a training runs");
    const all = gauge("headgate_training_places", "Trainings that may run at one time");
  }

  read(readings: () => JobReadings): void {
    this.readings = readings;
  }

  /** @param fitMs null for a job that never fitted */
  ended(trainer: string, state: string, fitMs: number | null): void {
    this.ends.inc({ trainer, state });
    if (fitMs !== null) this.fits.observe({ trainer }, fitMs / 1_000);
  }
}
