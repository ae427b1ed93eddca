/**
 * The steps of a model's request between validation and the scheduler: a cached answer, a version that has to be
 * opened first, a shadow version that is given the answer to compare. Models with none of these skip it.
 */
import type { Servable } from "../../engines/servable.js";
import type { WireTensors } from "../../protocol/frames.js";
import { copied } from "../../protocol/tensor.js";
import type { TensorRequest } from "../catalog/inference-request.js";
import type { PendingAnswer } from "../waiting/pending-answer.js";
import type { OnDemandLoader } from "./on-demand-loader.js";
import type { CacheLookup, ResponseCache } from "./response-cache.js";
import type { Shadows } from "./shadows.js";

interface VersionAnswer {
  readonly version: string;
  readonly outputs: WireTensors;
}

export interface ModelRequest {
  readonly servable: Servable;
  readonly request: TensorRequest;
  /** The requester's namespace. */
  readonly namespace: string;
  readonly timeoutMs: number;
  /** Computed when a cache asks for it. */
  readonly digest: { readonly content: string };
}

export class InferencePipeline<T extends VersionAnswer> {
  constructor(
    private readonly cache: ResponseCache<T>,
    private readonly onDemand: OnDemandLoader,
    private readonly shadows: Shadows,
  ) {}

  /** Whether requests of this servable have a step here. */
  concerns(servable: Servable): boolean {
    return (
      servable.responseCache !== undefined ||
      this.onDemand.has(servable) ||
      this.shadows.has(servable.signature.name)
    );
  }

  /** @param start gives the request to the scheduler, with the milliseconds that are left then */
  take(asked: ModelRequest, start: (remainingMs: number) => PendingAnswer<T>): CacheLookup<T> {
    const { servable, namespace, digest, timeoutMs } = asked;
    const compute = () => this.compute(asked, start);
    if (servable.responseCache === undefined) return { ...compute(), cached: false };
    return this.cache.take(servable, namespace, digest.content, timeoutMs, compute);
  }

  private compute(
    { servable, request, timeoutMs }: ModelRequest,
    start: (remainingMs: number) => PendingAnswer<T>,
  ): PendingAnswer<T> {
    const { name } = servable.signature;
    if (!this.shadows.has(name)) return this.onDemand.start(servable, timeoutMs, start);
    // The engine takes ownership of the original buffers.
    const asked = { outputs: request.outputs, inputs: copied(request.inputs) };
    const work = this.onDemand.start(servable, timeoutMs, start);
    work.answer.then(
      ({ version, outputs }) => this.shadows.mirror(name, { request: asked, version, outputs }),
      () => {},
    );
    return work;
  }
}
