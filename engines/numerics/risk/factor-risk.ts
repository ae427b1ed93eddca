/**
 * A statistical factor model of asset returns: the leading principal components are the factors, and what
 * they leave of each asset's variance is its own. Σ = BΛBᵀ + D with B the components, Λ their variances and
 * D diagonal, so that every asset keeps its sample variance. Variances are divided by n − 1, as PCA's.
 * Source: Connor, Goldberg and Korajczyk 2010, "Portfolio risk analysis", chapters 3 and 4.
 */
import { invalidArgument } from "../../../protocol/errors.js";
import type { Floats } from "../../kernels/index.js";
import { componentCount, pca } from "../decomposition/pca.js";
import { type FitContext, workReporterOf } from "../fit.js";
import { transpose } from "../linear-algebra/transpose.js";

export interface FactorModel {
  readonly assets: number;
  readonly factors: number;
  /** [p,k] what an asset returns when a factor returns one. */
  readonly loadings: Float64Array;
  /** [k] */
  readonly factorVariance: Float64Array;
  /** [k] shares of the assets' total variance. */
  readonly explainedVarianceRatio: Float64Array;
  /** [p] */
  readonly specificVariance: Float64Array;
  /** [p] */
  readonly mean: Float64Array;
}

export interface PortfolioRisk {
  /** [k] the portfolio's loading on each factor: Bᵀw. */
  readonly exposures: Float64Array;
  /** Its variance; the sum of the two after it. */
  readonly variance: number;
  readonly factorVariance: number;
  readonly specificVariance: number;
  /** [k] each factor's share of the variance; with the specific share they sum to 1, or to 0 without variance. */
  readonly riskShare: Float64Array;
  readonly specificShare: number;
  /** [p] how the volatility grows with each weight; times the weights they sum to the volatility. */
  readonly marginalContributions: Float64Array;
}

/**
 * Fits returns X [n,p]; `components` as PCA's.
 * @throws HeadgateError `invalid_argument` for fewer than two rows or components out of bounds
 */
export async function factorModel(
  x: Floats,
  n: number,
  p: number,
  components: number | null,
  context: FitContext,
): Promise<FactorModel> {
  const most = Math.min(n, p);
  if (components !== null && components > most) {
    throw invalidArgument("parameters.n_components", `${components} is more than min(n, p) = ${most}`);
  }
  // All components, so that specific variances are sums of what is left and lose nothing to cancellation.
  const solver = n >= p ? "covariance_eigh" : "full";
  const options = { components: null, solver, iteratedPower: null, oversamples: 10, randomState: 0 } as const;
  const all = await pca(x, n, p, options, context);
  const variances = all.explainedVariance;
  const total = variances.reduce((sum, value) => sum + value, 0);
  const factors = Math.max(1, componentCount(components, variances, total, n, p, workReporterOf(context)));
  const specificVariance = new Float64Array(p);
  for (let v = factors; v < variances.length; v++) {
    for (let j = 0; j < p; j++) {
      const loading = all.components[v * p + j] as number;
      specificVariance[j] = (specificVariance[j] as number) + (variances[v] as number) * loading * loading;
    }
  }
  return {
    assets: p,
    factors,
    loadings: transpose(all.components.subarray(0, factors * p), factors, p),
    factorVariance: variances.slice(0, factors),
    explainedVarianceRatio: all.explainedVarianceRatio.slice(0, factors),
    specificVariance,
    mean: all.mean,
  };
}

/** The risk of the portfolio with these weights [p]. */
export function portfolioRisk(model: FactorModel, weights: Float64Array): PortfolioRisk {
  const { assets: p, factors: k, loadings, factorVariance: variances, specificVariance } = model;
  const exposures = new Float64Array(k);
  for (let j = 0; j < p; j++) {
    for (let f = 0; f < k; f++) {
      exposures[f] = (exposures[f] as number) + (weights[j] as number) * (loadings[j * k + f] as number);
    }
  }
  const byFactor = exposures.map((exposure, f) => exposure * exposure * (variances[f] as number));
  const factorPart = byFactor.reduce((sum, value) => sum + value, 0);
  const specificPart = weights.reduce((sum, w, j) => sum + w * w * (specificVariance[j] as number), 0);
  const variance = factorPart + specificPart;
  const volatility = Math.sqrt(variance);
  const marginal = weights.map((weight, j) => {
    let covariance = weight * (specificVariance[j] as number);
    for (let f = 0; f < k; f++) {
      covariance += (loadings[j * k + f] as number) * (variances[f] as number) * (exposures[f] as number);
    }
    return volatility > 0 ? covariance / volatility : 0;
  });
  return {
    exposures,
    variance,
    factorVariance: factorPart,
    specificVariance: specificPart,
    riskShare: byFactor.map((value) => (variance > 0 ? value / variance : 0)),
    specificShare: variance > 0 ? specificPart / variance : 0,
    marginalContributions: marginal,
  };
}
