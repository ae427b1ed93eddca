/** Creates the request service that every face uses. */
import { detectors } from "../../engines/detectors/index.js";
import { Descriptions } from "../requests/descriptions.js";
import { ErrorWording } from "../requests/error-wording.js";
import { ModelAdministration } from "../requests/model-administration.js";
import { publicText } from "../requests/public-text.js";
import { RequestLog } from "../requests/request-log.js";
import { RequestService } from "../requests/request-service.js";
import type { EngineServices } from "./engines.js";
import type { ModelServices } from "./models.js";
import type { CommonServices } from "./options.js";
import type { RegimeServices } from "./regimes.js";
import type { SchedulingServices } from "./scheduling.js";
import type { StorageServices } from "./storage.js";
import type { TrainingServices } from "./training.js";

export function openRequests(
  { config, log, clock, turns, metrics, traffic, quotas }: CommonServices,
  { journal, datasets }: StorageServices,
  { kernels, inline }: EngineServices,
  { catalog }: SchedulingServices,
  { inference, models }: ModelServices,
  { streams }: RegimeServices,
  { parts: training, scheduling, trainers }: TrainingServices,
): RequestService {
  const wording = publicText(config);
  return new RequestService({
    clock,
    inference,
    datasets,
    descriptions: new Descriptions(
      catalog,
      detectors,
      kernels.publicReport(journal.epoch),
      wording,
      () => trainers.refresh(),
      () => inline.revision,
    ),
    administration: new ModelAdministration(models.live, clock, log, metrics.repository),
    promotions: models.promotions,
    streams,
    journal,
    turns,
    figures: metrics,
    traffic,
    quotas,
    training,
    scheduling,
    wording: new ErrorWording(wording, log),
    requestLog: RequestLog.of(log),
  });
}
