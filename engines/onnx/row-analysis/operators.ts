/** The rules of each domain's operators. An operator without a rule makes the analysis undecided. Pure. */
import { attention, ownAttention } from "./attention.js";
import { classical } from "./classical.js";
import { controlFlow } from "./control-flow.js";
import { elementwise } from "./elementwise.js";
import { images } from "./images.js";
import { picking } from "./picking.js";
import { ownProducts, products } from "./products.js";
import { recurrent } from "./recurrent.js";
import { reductions } from "./reductions.js";
import { reshaping } from "./reshaping.js";
import type { OperatorRule, OperatorRules } from "./rule.js";

const standard: OperatorRules = {
  ...elementwise,
  ...reductions,
  ...reshaping,
  ...picking,
  ...products,
  ...images,
  ...recurrent,
  ...attention,
  ...controlFlow,
};

const domains: Readonly<Record<string, OperatorRules>> = {
  "": standard,
  "ai.onnx.ml": classical,
  "com.microsoft": { ...elementwise, ...reductions, ...images, ...ownProducts, ...ownAttention },
};

/** Operators whose outputs are random. */
const random = new Set([
  "RandomNormal",
  "RandomNormalLike",
  "RandomUniform",
  "RandomUniformLike",
  "Multinomial",
  "Bernoulli",
]);

export function ruleOf(domain: string, operator: string): OperatorRule | undefined {
  const rules = domains[domain];
  return rules !== undefined && Object.hasOwn(rules, operator) ? rules[operator] : undefined;
}

export function isRandom(operator: string): boolean {
  return random.has(operator);
}
