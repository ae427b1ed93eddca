/** Jobs with a trainer that does what a test says, as the requests of a test's gateway use them. */
import type { Signature } from "../../engines/servable.js";
import type { Catalog } from "../../gateway/catalog/catalog.js";
import type { Config } from "../../gateway/config/config.js";
import type { Datasets } from "../../gateway/datasets/datasets.js";
import type { Hub } from "../../gateway/events/hub.js";
import type { Idempotency } from "../../gateway/idempotency/idempotency.js";
import { MemoryJobStore } from "../../gateway/jobs/memory-job-store.js";
import { openJobs } from "../../gateway/jobs/open-jobs.js";
import { TrainerServables } from "../../gateway/jobs/trainer-servables.js";
import type { QuotaLedger } from "../../gateway/quotas/quota-ledger.js";
import type { Journal } from "../../gateway/regimes/journal.js";
import type { InputReferences } from "../../gateway/requests/input-references.js";
import { Trainings } from "../../gateway/requests/trainings.js";
import { MemoryScheduleStore } from "../../gateway/schedules/memory-schedule-store.js";
import { Retrainings } from "../../gateway/schedules/retraining.js";
import { Schedules } from "../../gateway/schedules/schedules.js";
import type { Answer } from "../../gateway/scheduling/queued-request.js";
import type { TurnBudget } from "../../gateway/turn-budget.js";
import { uploadsOf } from "../../gateway/wiring/training.js";
import { FakeModels, FakeTrainer, limits } from "../jobs/fakes.js";
import type { FakeClock } from "./clock.js";
import { parametersOfTrainer } from "./trainers.js";

export interface TrainingHouse {
  readonly config: Config;
  readonly clock: FakeClock;
  readonly catalog: Catalog;
  readonly datasets: Datasets;
  readonly references: InputReferences;
  readonly idempotency: Idempotency<Answer>;
  readonly turns: TurnBudget;
  readonly journal: Journal;
  readonly hub: Hub;
  readonly quotas: QuotaLedger;
}

export function testTraining(house: TrainingHouse, signatures: readonly Signature[]) {
  const { config, clock, catalog, datasets, references, idempotency, turns, journal, hub, quotas } = house;
  const trainer = new FakeTrainer(1);
  const models = new FakeModels();
  const names = signatures.map(({ name }) => name);
  trainer.availability = { kind: "ready", libraries: {}, trainers: new Set(names), cuda: false };
  const jobs = openJobs({
    store: new MemoryJobStore(),
    engine: trainer,
    models,
    rows: datasets,
    log: journal,
    publish: hub.publish,
    clock,
    limits,
    accountOf: (tenant) => quotas.of(tenant),
    figures: { notWritten: () => {}, failed: () => {}, ended: () => {} },
  });
  jobs.start();
  const trainers = new TrainerServables({ catalog, engine: trainer, signatures, defaultTimeoutMs: 60_000 });
  const answersOf = (name: string) =>
    names.includes(name) && name !== "walk_forward" ? ["predictions"] : [];
  const trainings = new Trainings({
    catalog,
    trainers,
    parametersOf: parametersOfTrainer,
    answersOf,
    jobs,
    references,
    idempotency,
    turns,
    clock,
  });
  const parts = { trainings, jobs, models, ...uploadsOf(config.uploads, clock) };
  const schedules = new Schedules({
    store: new MemoryScheduleStore(),
    retrainings: new Retrainings({
      train: async (training, principal) => {
        const request = { ...training, background: true };
        await trainings.start(request, principal, quotas.of(principal.tenant)).answer;
      },
      jobs,
      datasets,
      catalog,
      infer: () => Promise.reject(new Error("there is no model to ask")),
      promotions: { promote: () => Promise.reject(new Error("there is no model to promote")) },
      answersOf,
      clock,
    }),
    sources: (namespace) => ({
      rows: (dataset) => datasets.newest(namespace, dataset),
      observations: () => undefined,
    }),
    clock,
    limits: { countMax: 1_000, tenantCountMax: 1_000, intervalMs: 1_000 },
    ended: () => {},
    notWritten: () => {},
    failed: () => {},
  });
  const scheduling = { schedules, trainings, models, datasets, answersOf };
  return { trainer, models, jobs, trainers, parts, schedules, scheduling };
}
