/** What the covariances of several Gaussians have in common; scikit-learn's and hmmlearn's `covariance_type`. */
export type CovarianceKind = "full" | "tied" | "diag" | "spherical";
