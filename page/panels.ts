/** The panels in the order of their tabs. */
import { connectionsPanel } from "./connections/panel.js";
import { consolePanel } from "./console/panel.js";
import { jobsPanel } from "./jobs/panel.js";
import { modelsPanel } from "./models/panel.js";
import { overviewPanel } from "./overview/panel.js";
import type { Panel } from "./panel.js";
import { streamsPanel } from "./streams/panel.js";
import { workersPanel } from "./workers/panel.js";

export const panels: readonly Panel[] = [
  overviewPanel,
  streamsPanel,
  modelsPanel,
  jobsPanel,
  consolePanel,
  connectionsPanel,
  workersPanel,
];
