/**
 * Where a job's inputs come from when it starts. Rows of datasets are not copied into the job: they are read again by
 * the version that they had, whose rows never change. A job in the background whose dataset was dropped meanwhile fails.
 */
import type { Tensors } from "../../engines/engine.js";
import { HeadgateError } from "../../protocol/errors.js";
import { fromWire, tensorsToWire } from "../../protocol/tensor.js";
import type { Datasets } from "../datasets/datasets.js";
import { tensorsBytes } from "../quotas/tensor-bytes.js";
import type { JobRecord, StoredReference } from "./job-record.js";
import type { JobRequest } from "./job-request.js";

export interface SubmittedInputs {
  readonly references: Readonly<Record<string, StoredReference>>;
  /** What is stored with the job. */
  readonly tensors: Tensors;
}

/** Of a request in the background: what is stored with the job, and what is read again. */
export function storedInputs({ inputs, used }: Pick<JobRequest, "inputs" | "used">): SubmittedInputs {
  const references: Record<string, StoredReference> = {};
  const tensors: Record<string, Tensors[string]> = {};
  for (const [name, tensor] of Object.entries(inputs)) {
    const source = used[name];
    if (source === undefined || !("ref" in source)) tensors[name] = tensor;
    else {
      const { ref, version, rows, columns } = source;
      const reference = {
        ref,
        version,
        rows,
        shape: tensor.shape,
        ...(columns !== undefined && { columns }),
      };
      references[name] = { reference, datatype: tensor.datatype };
    }
  }
  return { references, tensors };
}

export function bytesOf(tensors: Tensors): number {
  return tensorsBytes(tensorsToWire(tensors));
}

/**
 * Reads what a job's references stand for.
 * @throws HeadgateError failed_precondition where a dataset or its version is gone
 */
export async function referencedInputs(
  { references, principal: { namespace } }: JobRecord,
  rows: Pick<Datasets, "resolve">,
): Promise<Tensors> {
  const read = async ([name, { reference, datatype }]: [string, StoredReference]) => {
    const tensor = fromWire(await resolved(rows, namespace, name, reference));
    if (tensor.datatype !== datatype)
      throw new Error(`inputs.${name}: stored as ${datatype} and read as ${tensor.datatype}`);
    return [name, tensor] as const;
  };
  return Object.fromEntries(await Promise.all(Object.entries(references).map(read)));
}

async function resolved(
  rows: Pick<Datasets, "resolve">,
  namespace: string,
  name: string,
  reference: StoredReference["reference"],
) {
  try {
    return await rows.resolve(namespace, reference, `inputs.${name}`).read();
  } catch (error) {
    if (!(error instanceof HeadgateError) || error.code === "unavailable") throw error;
    throw new HeadgateError(
      "failed_precondition",
      `inputs.${name}: version ${reference.version} of ${reference.ref} was dropped or has expired since the job was ` +
        "submitted: put the data again and submit another job",
      { cause: error },
    );
  }
}
