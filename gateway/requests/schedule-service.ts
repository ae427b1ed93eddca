/** The requests that put, list and remove schedules of retrainings. */
import { invalidArgument } from "../../protocol/errors.js";
import type { ScheduleList, ScheduleSettings, ScheduleState } from "../../protocol/schedule-frames.js";
import { requireScope } from "../auth/authorization.js";
import type { Principal } from "../auth/principal.js";
import { challengerAlias, championAlias } from "../catalog/champion-aliases.js";
import type { Datasets } from "../datasets/datasets.js";
import type { TrainedModels } from "../models/trained-models.js";
import { pinnedInputs } from "../schedules/pinned-inputs.js";
import { listSchedules, type ScheduleQuery, scheduleState } from "../schedules/schedule-list.js";
import type { Schedules } from "../schedules/schedules.js";
import { scoreOfSettings } from "../schedules/scored-rows.js";
import type { RequestLifecycle } from "./request-lifecycle.js";
import type { Requester, RequestName } from "./requester.js";
import type { Trainings } from "./trainings.js";

export interface ScheduleServiceParts {
  readonly schedules: Pick<Schedules, "put" | "remove" | "register" | "sourcesOf">;
  readonly trainings: Pick<Trainings, "requireTrainable">;
  readonly models: Pick<TrainedModels, "requirePublishable">;
  readonly datasets: Pick<Datasets, "newest">;
  /** The names of what a trainer's models answer; none for one that makes no model. */
  readonly answersOf: (trainer: string) => readonly string[];
}

export interface ScheduleServiceDependencies {
  readonly scheduling: ScheduleServiceParts;
}

export interface ScheduleAnswer {
  /** False where a schedule with the same settings was there. */
  readonly created: boolean;
  readonly state: ScheduleState;
}

const required = ["X", "y"];
const accepted = [...required, "sample_weight"];

export class ScheduleService {
  constructor(
    private readonly lifecycle: RequestLifecycle,
    private readonly dependencies: ScheduleServiceDependencies,
  ) {}

  /** Settles once the schedule is on disk. */
  put(
    requester: Requester,
    { replace, ...settings }: ScheduleSettings & { readonly replace?: boolean | undefined },
    name?: RequestName,
  ): Promise<ScheduleAnswer> {
    return this.lifecycle.work(requester, "schedule", name, async () => {
      const { principal } = requester;
      this.lifecycle.admit(requester);
      requireScope(principal, "training:run");
      this.requireUsable(settings, principal);
      const { schedules } = this.dependencies.scheduling;
      const created = await schedules.put({ settings, replace: replace === true, principal });
      return { created, state: this.stateOf(principal, settings.schedule) };
    });
  }

  /**
   * The namespace's schedules in the order of their names.
   * @throws HeadgateError permission_denied
   */
  list(requester: Requester, query: ScheduleQuery, name?: RequestName): ScheduleList {
    return this.lifecycle.immediately(requester, "schedules", name, () => {
      requireScope(requester.principal, "training:run");
      return listSchedules(this.dependencies.scheduling.schedules, requester.principal.namespace, query);
    });
  }

  /** @throws HeadgateError permission_denied, not_found */
  describe(requester: Requester, schedule: string, name?: RequestName): ScheduleState {
    return this.lifecycle.immediately(requester, "schedules", name, () => {
      requireScope(requester.principal, "training:run");
      return this.stateOf(requester.principal, schedule);
    });
  }

  /**
   * Settles once it is gone. A tenant without requests left may make some: otherwise its schedules would go on taking
   * what it has.
   */
  remove(requester: Requester, schedule: string, name?: RequestName): Promise<void> {
    const started = this.lifecycle.immediately(requester, "unschedule", name, () => {
      requireScope(requester.principal, "training:run");
      return this.dependencies.scheduling.schedules.remove(requester.principal.namespace, schedule);
    });
    return this.lifecycle.work(requester, "unschedule", name, () => started);
  }

  private stateOf({ namespace }: Principal, schedule: string): ScheduleState {
    const { schedules } = this.dependencies.scheduling;
    return scheduleState(schedules.register.find(namespace, schedule).record, schedules.sourcesOf(namespace));
  }

  /** @throws HeadgateError with what would make every retraining fail */
  private requireUsable(settings: ScheduleSettings, principal: Principal): void {
    const { trainings, models, datasets, answersOf } = this.dependencies.scheduling;
    const { model, trainer, parameters, inputs } = settings;
    const aliases = [championAlias, challengerAlias];
    models.requirePublishable({ model, aliases }, principal);
    trainings.requireTrainable({ trainer, parameters });
    if (answersOf(trainer).length === 0)
      throw invalidArgument("trainer", `${trainer} makes no model that could be published`);
    for (const each of required)
      if (!Object.hasOwn(inputs, each))
        throw invalidArgument(`inputs.${each}`, "missing; must be a reference to a dataset");
    for (const each of Object.keys(inputs))
      if (!accepted.includes(each))
        throw invalidArgument(`inputs.${each}`, `a schedule takes ${accepted.join(", ")} alone`);
    scoreOfSettings(settings, answersOf);
    pinnedInputs(datasets, principal.namespace, inputs);
  }
}
