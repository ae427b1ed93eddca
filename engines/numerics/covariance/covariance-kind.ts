/**
 * How the covariance matrices of several Gaussians are constrained, as in scikit-learn's and hmmlearn's
 * `covariance_type`.
 */
export type CovarianceKind = "full" | "tied" | "diag" | "spherical";
