/** What ONNX Runtime can compute on, by its own names, in the order `auto` prefers. */
export const providerNames = ["cuda", "tensorrt", "webgpu", "cpu"] as const;

export type ProviderName = (typeof providerNames)[number];

/** A provider that was asked for and did not start. */
export interface ProviderFallback {
  readonly provider: ProviderName;
  readonly reason: string;
}
