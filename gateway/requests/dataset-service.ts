/** The requests that concern datasets: puts them, grows them, lists them and drops them. */
import type { DatasetVersion } from "../../protocol/dataset-frames.js";
import { requireAnyScope, requireScope } from "../auth/authorization.js";
import type { DatasetPage } from "../datasets/dataset-list.js";
import type { AppendRequest, DatasetOwner, DatasetQuery, PutRequest } from "../datasets/dataset-requests.js";
import type { Datasets } from "../datasets/datasets.js";
import type { PartRequest, UploadProgress, Uploads } from "../datasets/uploads.js";
import { tensorsBytes } from "../quotas/tensor-bytes.js";
import type { LifecycleDependencies, RequestLifecycle } from "./request-lifecycle.js";
import type { Requester, RequestName } from "./requester.js";

/** Which dataset to remove, or which version of it. */
export interface DropRequest {
  readonly dataset: string;
  readonly version?: string | undefined;
}

export interface DatasetDependencies extends Pick<LifecycleDependencies, "traffic"> {
  readonly datasets: Datasets;
}

export class DatasetService {
  constructor(
    private readonly lifecycle: RequestLifecycle,
    private readonly dependencies: DatasetDependencies,
  ) {}

  /** Answered once the content is a version of the dataset, on disk. */
  put(requester: Requester, request: PutRequest, name?: RequestName): Promise<DatasetVersion> {
    return this.write(requester, "put", name, request, (datasets, owner) => datasets.put(owner, request));
  }

  /**
   * Takes a part of a put. The last one is answered as a put.
   * @param uploads of the client's connection
   */
  putPart(
    requester: Requester,
    request: PartRequest,
    uploads: Uploads,
    name?: RequestName,
  ): Promise<UploadProgress | DatasetVersion> {
    return this.write(requester, "put", name, request, (datasets, owner) =>
      uploads.part(datasets.uploadTarget(owner), request),
    );
  }

  /** Answered once the rows are part of the dataset's newest version, on disk. */
  append(requester: Requester, request: AppendRequest, name?: RequestName): Promise<DatasetVersion> {
    return this.write(requester, "append", name, request, (datasets, owner) =>
      datasets.append(owner, request),
    );
  }

  /**
   * Answered once the dataset, or the version of it, is gone. A tenant without requests left may make some: otherwise
   * it could not give back what it holds.
   */
  drop(requester: Requester, { dataset, version }: DropRequest, name?: RequestName): Promise<void> {
    const started = this.lifecycle.immediately(requester, "drop", name, () => {
      requireScope(requester.principal, "datasets:write");
      return this.dependencies.datasets.drop(requester.principal.namespace, dataset, version);
    });
    return this.lifecycle.work(requester, "drop", name, () => started);
  }

  /**
   * The datasets of the client's namespace, in the order of their names. Whoever may compute with them may list them.
   * @throws HeadgateError permission_denied
   */
  list(requester: Requester, query: DatasetQuery, name?: RequestName): DatasetPage {
    return this.lifecycle.immediately(requester, "datasets", name, () => {
      requireAnyScope(requester.principal, ["datasets:write", "fits:run", "models:infer"]);
      return this.dependencies.datasets.list(requester.principal.namespace, query);
    });
  }

  private write<T>(
    requester: Requester,
    type: string,
    name: RequestName,
    { columns }: Pick<PutRequest, "columns">,
    change: (datasets: Datasets, owner: DatasetOwner) => T | Promise<T>,
  ): Promise<T> {
    return this.lifecycle.work(requester, type, name, async () => {
      const { namespace, tenant } = requester.principal;
      const bytes = tensorsBytes(columns);
      this.dependencies.traffic.listener?.received(tenant, bytes);
      this.lifecycle.admit(requester, bytes);
      requireScope(requester.principal, "datasets:write");
      return change(this.dependencies.datasets, { namespace, tenant });
    });
  }
}
