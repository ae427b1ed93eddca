/** How a connection that arrives while all places are taken is admitted. */

/** Milliseconds for which a place is certainly kept: several round trips, enough for a request or a hello. */
export const protectedMs = 1_000;

export type AdmissionResult<S> =
  | { readonly kind: "admitted" /** Who has to leave for it. */; readonly displaced?: S }
  | { readonly kind: "full" };
