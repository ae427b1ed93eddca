/** Replays in a loop for whoever looks at the page, until Ctrl-C. Each round's results are forgotten after it. */

import { replay } from "./replay.js";
import type { DemoRun } from "./run.js";

/** Trading days a second: twenty years in under two minutes, slow enough to watch. */
const watchDaysPerSecond = 50;

/** @returns what was wrong with the round that ended the loop; empty when Ctrl-C ended it */
export async function watch({ options, gateway, bars, signal, say }: DemoRun): Promise<readonly string[]> {
  const speed = options.speed ?? watchDaysPerSecond;
  say(`\nReplaying at ${speed} days a second until Ctrl-C. Page: ${gateway.page}`);
  for (let round = 1; ; round++) {
    const { changes, seconds, problems } = await replay({
      ...{ url: gateway.url, bars, speed, signal },
      ...{ crash: undefined, closes: true },
      ...{ onChange: () => {}, onDay: () => {}, onCrash: () => {} },
    });
    if (problems.length > 0) return problems;
    if (signal.aborted) break; // This round is not whole
    say(`Round ${round}: ${changes.length} regime changes in ${seconds.toFixed(0)} s.`);
  }
  return [];
}
