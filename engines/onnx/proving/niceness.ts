/** How readily a proving process leaves the cores to others, as a niceness of the operating system: 0 to 19. */
import { constants } from "node:os";

export const niceness = {
  /** Nobody else needs the processor: a command, or a gateway that starts. */
  alone: constants.priority.PRIORITY_NORMAL,
  /** Requests are served meanwhile, and nobody waits for the proof. */
  besideRequests: constants.priority.PRIORITY_LOW,
} as const;
