/** The result of one group of a scenario. */
import type { Span } from "./due.js";
import type { PreparedGroup } from "./prepare.js";
import type { Second, Summary } from "./recorder.js";
import type { Group, Scenario } from "./scenario.js";

export interface GroupResult {
  readonly name: string;
  readonly kind: Group["kind"];
  readonly measured: boolean;
  readonly summary: Summary;
  readonly timeline: readonly Second[];
  /** For sockets that never read: the number of closes by close code. */
  readonly closes?: Readonly<Record<string, number>>;
}

export async function runGroup(
  { group, recorder, go }: PreparedGroup,
  { seconds }: Pick<Scenario, "seconds">,
  span: Span,
): Promise<GroupResult> {
  const closes = await go(span);
  return {
    name: group.name,
    kind: group.kind,
    measured: group.measured,
    summary: recorder.summary(seconds),
    timeline: recorder.timeline(),
    ...(closes !== undefined && { closes }),
  };
}
