import type { ServableDescription } from "./describe.js";

/** What was counted of the requests of one version of a servable, as the metrics have it. */
export interface VersionStatistics {
  readonly model: string;
  readonly version: string;
  readonly requestSuccess: number;
  /** Failed requests by Triton's reasons. */
  readonly requestFailure: Readonly<Record<string, number>>;
  /** Rows computed. */
  readonly inferences: number;
  /** Batches computed. */
  readonly executions: number;
  /** Microseconds from arrival to answer, summed over requests. */
  readonly requestUs: number;
  readonly queueUs: number;
  readonly computeUs: number;
}

/**
 * What was counted of each version, and zeros for those that were never asked: clients compare counts before and after,
 * and Triton answers zeros, too.
 */
export function withZeros(
  counted: readonly VersionStatistics[],
  described: readonly ServableDescription[],
): readonly VersionStatistics[] {
  const isCounted = ({ name, version }: ServableDescription) =>
    counted.some((each) => each.model === name && each.version === version);
  const others = described.filter((each) => !isCounted(each));
  return [
    ...counted,
    ...others.flatMap(({ name, version }) => (version === null ? [] : [zeros(name, version)])),
  ];
}

function zeros(model: string, version: string): VersionStatistics {
  return {
    model,
    version,
    requestSuccess: 0,
    requestFailure: {},
    inferences: 0,
    executions: 0,
    requestUs: 0,
    queueUs: 0,
    computeUs: 0,
  };
}
