/** Samples from the gateway, over the page's connection. */
import type { SampleMoment, SampleOfTopic, WatchTopic } from "../samples.js";
import type { WatchOptions, WatchSource } from "../watch-source.js";
import type { GatewayConnection } from "./gateway-connection.js";

export class GatewaySource implements WatchSource {
  constructor(private readonly connection: GatewayConnection) {}

  watch<T extends WatchTopic>(
    _topic: T,
    _taken: (sample: SampleOfTopic[T], moment: SampleMoment) => void,
    _options?: WatchOptions,
  ): () => void {
    // The client has no `watch` yet: until then no sample comes.
    return this.connection.onChange(() => {});
  }
}
