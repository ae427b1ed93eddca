/** The requests that concern streams: opens, feeds, reads, lists and closes them. */
import { regimeTopic } from "../../protocol/topics.js";
import { requireScope, requireTopic } from "../auth/authorization.js";
import type { Scope } from "../auth/scopes.js";
import { tensorBytes } from "../quotas/tensor-bytes.js";
import type { BatchReceipt } from "../regimes/batch-queue.js";
import type { ObserveRequest, OpenRequest, StateRequest } from "../regimes/stream-requests.js";
import type { ObserveAnswer, OpenAnswer, StateAnswer } from "./answers.js";
import type { LifecycleDependencies, RequestLifecycle } from "./request-lifecycle.js";
import type { Requester, RequestName } from "./requester.js";
import { listStreams, type StreamList, type StreamListRequest } from "./stream-list.js";
import { type StateDependencies, streamState } from "./stream-state.js";

export class StreamService {
  constructor(
    private readonly lifecycle: RequestLifecycle,
    private readonly dependencies: StateDependencies & Pick<LifecycleDependencies, "traffic">,
  ) {}

  /** Answered once the stream's earlier observations are stored. */
  open(requester: Requester, request: OpenRequest, name?: RequestName): Promise<OpenAnswer> {
    return this.lifecycle.work(requester, "open", name, async () => {
      const { history } = request;
      this.lifecycle.admit(requester, history && tensorBytes(history.values), history?.ts.length);
      requireStream(requester, "streams:write", request.stream);
      // The models run for whoever feeds the stream: the right to them is asked for once, here.
      if (this.dependencies.streams.callsModels(request.detector))
        requireScope(requester.principal, "models:infer");
      const { namespace, tenant } = requester.principal;
      const { created, stream } = this.dependencies.streams.open(namespace, request, tenant);
      const { observations, last_ts: lastTs } = await stream.settled();
      return { created, lastTs, observations };
    });
  }

  observe(requester: Requester, request: ObserveRequest, name?: RequestName): Promise<ObserveAnswer> {
    return this.lifecycle.work(requester, "observe", name, async () => {
      const taken = await this.startObserving(requester, request);
      return { accepted: taken.accepted, duplicates: taken.duplicates, lastTs: taken.last_ts };
    });
  }

  /**
   * Handles an observation without an answer. A stop does not wait for it. Settles once the observation is stored;
   * rejects when it is refused.
   */
  feed(requester: Requester, request: ObserveRequest): Promise<unknown> {
    this.lifecycle.requireServing(requester);
    const observe = async () => this.startObserving(requester, request);
    return observe().catch((error: unknown) => {
      throw this.lifecycle.reportedError(error, requester, "observe", undefined);
    });
  }

  /**
   * @throws HeadgateError at once when no stream has the name, so that thousands of such requests never count as in
   * flight
   */
  close(requester: Requester, stream: string, name?: RequestName): Promise<void> {
    const closing = this.lifecycle.immediately(requester, "close", name, () => {
      requireStream(requester, "streams:write", stream);
      return this.dependencies.streams.close(requester.principal.namespace, stream);
    });
    return this.lifecycle.work(requester, "close", name, () => closing);
  }

  state(requester: Requester, request: StateRequest, name?: RequestName): Promise<StateAnswer> {
    return this.lifecycle.work(requester, "state", name, async () => {
      this.lifecycle.admit(requester);
      requireStream(requester, "streams:read", request.stream);
      return streamState(request, requester.principal.namespace, this.dependencies);
    });
  }

  /**
   * The streams of the client's namespace whose topics it may read, in the order of their names.
   * @throws HeadgateError permission_denied
   */
  list(requester: Requester, request: StreamListRequest, name?: RequestName): StreamList {
    return this.lifecycle.immediately(requester, "streams", name, () => {
      requireScope(requester.principal, "streams:read");
      return listStreams(this.dependencies.streams, requester.principal, request);
    });
  }

  private async startObserving(requester: Requester, request: ObserveRequest): Promise<BatchReceipt> {
    const { streams, traffic } = this.dependencies;
    const { tenant, namespace } = requester.principal;
    const bytes = tensorBytes(request.values);
    traffic.listener?.received(tenant, bytes);
    this.lifecycle.admit(requester, bytes, typeof request.ts === "number" ? 1 : request.ts.length);
    requireStream(requester, "streams:write", request.stream);
    const taken = await streams.observe(namespace, request);
    traffic.listener?.observed(tenant, taken.accepted);
    return taken;
  }
}

/** @throws HeadgateError permission_denied */
function requireStream({ principal }: Requester, scope: Scope, stream: string): void {
  requireScope(principal, scope);
  requireTopic(principal, regimeTopic(stream));
}
