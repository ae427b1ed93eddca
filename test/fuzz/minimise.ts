/** Finds a smaller attack that still brings a finding: writes are left out as long as it stays. */
import type { Attack } from "./attack.js";

/**
 * @param stays whether the finding stays with an attack
 * @param triesMax attacks that are tried at most
 */
export async function minimised(
  attack: Attack,
  stays: (smaller: Attack) => Promise<boolean>,
  triesMax = 200,
): Promise<Attack> {
  let smallest = attack;
  let tries = 0;
  for (
    let width = Math.ceil(attack.writes.length / 2);
    width >= 1;
    width = width === 1 ? 0 : Math.ceil(width / 2)
  )
    for (let at = 1; at < smallest.writes.length && tries < triesMax; ) {
      const writes = smallest.writes.filter((_, i) => i < at || i >= at + width); // the first write is the upgrade
      tries++;
      if (await stays({ ...smallest, writes })) smallest = { ...smallest, writes };
      else at += width;
    }
  return smallest;
}
