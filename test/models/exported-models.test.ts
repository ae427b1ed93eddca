/** Models that scikit-learn fitted and the trainer exported answer as scikit-learn does: by handle, and published. */
import { expect, it } from "vitest";
import { type GoldenAnswer, mismatch } from "../../engines/onnx/golden.js";
import { tolerancesOf } from "../../gateway/models/exported-model.js";
import { copied, fromWire } from "../../protocol/tensor.js";
import { exportedCase } from "../golden/exported/exported.js";
import { trainerSchema } from "../support/exported.js";
import { anybody } from "../support/requests.js";
import { trainedModels } from "../support/trained.js";

const card = {
  job: "job-1",
  parameters: {},
  dataSha256: "00".repeat(32),
  rows: 120,
  columns: 3,
  scores: {},
  libraries: { "scikit-learn": "1.9.1" },
  fitMs: 1,
  trainedTs: 1_764_288_000_000,
};

it.each(["random_forest_classifier", "ridge", "hist_gradient_boosting_regressor"])(
  "%s answers as scikit-learn, also where votes are tied and values are missing",
  async (trainer) => {
    const { model, rows, answers } = exportedCase(trainer);
    const { models, inference } = await trainedModels({}, undefined, [trainerSchema(trainer, true)]);
    const { trained } = models;
    const reservation = trained.reserve({ principal: anybody, account: undefined, trainer, keepSeconds: 60 });
    const publication = { model: "published", aliases: ["champion"] };
    const publishing = trained.publish({
      publication,
      principal: anybody,
      model,
      card: { ...card, trainer },
    });
    await Promise.all([reservation.open(model), publishing]);
    const golden: GoldenAnswer = {
      madeBy: "scikit-learn",
      inputs: {},
      outputs: answers,
      rtol: 0,
      atol: 0,
      tolerance: tolerancesOf(model),
    };
    const { handle } = reservation;
    for (const asked of [
      { model: `${trainer}.apply`, parameters: { handle } },
      { model: "published", version: "champion" },
    ]) {
      const request = { ...asked, inputs: copied({ X: rows }), timeoutMs: 20_000 };
      const { outputs } = await inference.start(request, anybody).answer;
      const got = Object.entries(outputs).map(([name, tensor]) => [name, fromWire(tensor)] as const);
      expect(mismatch(golden, Object.fromEntries(got)), asked.model).toBeUndefined();
      expect(Object.keys(outputs).sort()).toEqual(Object.keys(answers).sort());
    }
  },
);
