/** Everything that trained models need to serve: a real pool, real proofs and the path of requests, without sockets. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { TrainerSchema } from "../../engines/training/trainer-schema.js";
import { type Clock, systemClock } from "../../gateway/clock.js";
import { parseConfig } from "../../gateway/config/parse.js";
import { FitHandles } from "../../gateway/fits/fit-handles.js";
import { KeptFits } from "../../gateway/fits/kept-fits.js";
import { Idempotency } from "../../gateway/idempotency/idempotency.js";
import { MemoryAnswers } from "../../gateway/idempotency/memory-answers.js";
import { ModelService } from "../../gateway/models/model-service.js";
import { openProofs } from "../../gateway/models/open-proofs.js";
import { createLog } from "../../gateway/observe/log.js";
import { Inference } from "../../gateway/requests/inference.js";
import type { Answer } from "../../gateway/scheduling/queued-request.js";
import { startEngines } from "../../gateway/wiring/engines.js";
import { basicServices } from "../../gateway/wiring/options.js";
import { openQuotas } from "../../gateway/wiring/quotas.js";
import { openScheduling } from "../../gateway/wiring/scheduling.js";
import type { ModelExpired, ModelPromoted } from "../../protocol/promotion-frames.js";
import type { PublishedVersion } from "../../protocol/train-frames.js";
import { trainerSchema } from "./exported.js";
import { builtProver } from "./gateway.js";

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-trained-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** @param data the folder of an earlier one, which is taken up; absent: a new one */
export async function trainedModels(
  overrides: Record<string, unknown> = {},
  data?: string,
  trainers: readonly TrainerSchema[] = [trainerSchema("ridge"), trainerSchema("lasso")],
  givenClock: Clock = systemClock,
) {
  const folder = data ?? (await temporaryFolder());
  const config = parseConfig({
    log_level: "silent",
    models: await temporaryFolder(),
    data: folder,
    engine: { model_workers: 1, numeric_workers: 1 },
    ...overrides,
  });
  const options = {
    config,
    log: createLog("silent"),
    enginePrograms: new URL("../../dist/engines/", import.meta.url),
    provingProgram: builtProver,
    clock: givenClock,
  };
  const basic = basicServices(options);
  const common = { ...basic, quotas: openQuotas(basic, true) };
  const engines = startEngines(common, options);
  const { catalog, scheduler, used } = openScheduling(common, engines);
  const proofs = await openProofs(options);
  const { log, clock, metrics, quotas } = common;
  const served: PublishedVersion[] = [];
  const promoted: ModelPromoted[] = [];
  const expired: ModelExpired[] = [];
  const models = new ModelService({
    config,
    log,
    clock,
    catalog,
    pool: engines.modelPool,
    inline: engines.inline,
    nextTurn: () => common.turns.next(),
    scheduler,
    metrics: metrics.repository,
    proofs,
    accountOf: (tenant) => quotas.of(tenant),
    promoted: (event) => void promoted.push(event),
    expired: (event) => void expired.push(event),
    serving: (event) => void served.push(event),
    trainers,
  });
  used.listen((servable) => models.used(servable));
  const answers = new MemoryAnswers<Answer>(
    clock,
    { countMax: 100, bytesMax: 1e9, ageMaxMs: 60_000 },
    () => 1,
    (tenant) => quotas.of(tenant),
  );
  const inference = new Inference(
    catalog,
    scheduler,
    new Idempotency(answers, () => {}),
    new FitHandles(new KeptFits(clock, { countMax: 100, bytesMax: 1_000_000 }), []),
    clock,
    models.path,
    undefined,
    models.applications,
  );
  await models.live.start();
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= (async () => {
      models.live.stop();
      await models.stop();
      await engines.engine.close();
    })();
    return stopped;
  };
  onTestFinished(stop);
  return {
    served,
    promoted,
    expired,
    metrics,
    config,
    catalog,
    models,
    inference,
    scheduler,
    pool: engines.modelPool,
    data: folder,
    stop,
  };
}
