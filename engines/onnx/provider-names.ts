/** ONNX Runtime's execution providers by its own names, in the order in which `auto` tries them. */
export const providerNames = ["cuda", "tensorrt", "webgpu", "cpu"] as const;

export type ProviderName = (typeof providerNames)[number];

/** A configured provider that failed to start, and the reason. */
export interface ProviderFallback {
  readonly provider: ProviderName;
  readonly reason: string;
}
