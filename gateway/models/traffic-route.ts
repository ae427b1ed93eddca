/** Which versions of one model get its requests, and which gets copies of them. */
import type { ModelConfig } from "../../engines/onnx/model-config.js";
import type { LiveVersion } from "./live-version.js";
import type { ModelDependencies } from "./model-dependencies.js";

/** Applies the model's `traffic`; a shadow gets its copies once it is open. */
export function routeTraffic(
  name: string,
  { traffic: { weights, shadow }, aliases }: ModelConfig,
  versions: ReadonlyMap<number, LiveVersion>,
  { catalog, shadows }: Pick<ModelDependencies, "catalog" | "shadows">,
): void {
  catalog.route(name, {
    ...(weights && { weights }),
    ...(shadow && { shadow: shadow.version }),
    ...(aliases && { aliases }),
  });
  const live = shadow && versions.get(Number(shadow.version));
  if (shadow === undefined || !live?.isOpen || !live.version.shadow) return shadows.set(name, undefined);
  const { rtol, atol, max_in_flight: inFlightMax } = shadow;
  shadows.set(name, { servable: live.version.servable, rtol, atol, inFlightMax });
}
