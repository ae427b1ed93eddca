/** All trainers. Written by training/trainer/write_schemas.py. */
import type { TrainerSchema } from "../trainer-schema.js";
import { a2c } from "./a2c.js";
import { dqn } from "./dqn.js";
import { elasticNet } from "./elastic-net.js";
import { extraTreesClassifier } from "./extra-trees-classifier.js";
import { extraTreesRegressor } from "./extra-trees-regressor.js";
import { gradientBoostingClassifier } from "./gradient-boosting-classifier.js";
import { gradientBoostingRegressor } from "./gradient-boosting-regressor.js";
import { histGradientBoostingClassifier } from "./hist-gradient-boosting-classifier.js";
import { histGradientBoostingRegressor } from "./hist-gradient-boosting-regressor.js";
import { kNeighborsClassifier } from "./k-neighbors-classifier.js";
import { kNeighborsRegressor } from "./k-neighbors-regressor.js";
import { lasso } from "./lasso.js";
import { lgbmClassifier } from "./lgbm-classifier.js";
import { lgbmRegressor } from "./lgbm-regressor.js";
import { logisticRegression } from "./logistic-regression.js";
import { lstmClassifier } from "./lstm-classifier.js";
import { lstmRegressor } from "./lstm-regressor.js";
import { mlpClassifier } from "./mlp-classifier.js";
import { mlpRegressor } from "./mlp-regressor.js";
import { mlpTorchClassifier } from "./mlp-torch-classifier.js";
import { mlpTorchRegressor } from "./mlp-torch-regressor.js";
import { pipeline } from "./pipeline.js";
import { ppo } from "./ppo.js";
import { randomForestClassifier } from "./random-forest-classifier.js";
import { randomForestRegressor } from "./random-forest-regressor.js";
import { ridge } from "./ridge.js";
import { svc } from "./svc.js";
import { svr } from "./svr.js";
import { walkForward } from "./walk-forward.js";
import { xgbClassifier } from "./xgb-classifier.js";
import { xgbRegressor } from "./xgb-regressor.js";

export const trainerSchemas: readonly TrainerSchema[] = [
  randomForestClassifier,
  randomForestRegressor,
  extraTreesClassifier,
  extraTreesRegressor,
  gradientBoostingClassifier,
  gradientBoostingRegressor,
  histGradientBoostingClassifier,
  histGradientBoostingRegressor,
  mlpClassifier,
  mlpRegressor,
  logisticRegression,
  ridge,
  lasso,
  elasticNet,
  svc,
  svr,
  kNeighborsClassifier,
  kNeighborsRegressor,
  pipeline,
  xgbClassifier,
  xgbRegressor,
  lgbmClassifier,
  lgbmRegressor,
  lstmClassifier,
  lstmRegressor,
  mlpTorchClassifier,
  mlpTorchRegressor,
  ppo,
  a2c,
  dqn,
  walkForward,
];
