/** Opens the datasets that the data folder has. */
import { join } from "node:path";
import { Datasets } from "../datasets/datasets.js";
import { datasetsFolder, FileDatasets } from "../datasets/file-datasets.js";
import type { DatasetLimits } from "../datasets/limits.js";
import { MonitoredDatasets } from "../datasets/monitored-datasets.js";
import type { StorageHealth } from "../storage/storage-health.js";
import type { CommonServices } from "./options.js";

export function openDatasets(
  { config, log, clock, turns, quotas }: CommonServices,
  health: StorageHealth,
): Promise<Datasets> {
  const files = new FileDatasets(join(config.data, datasetsFolder), {
    unusable: (file, reason) => log.warn({ file, reason }, "a dataset cannot be read, and is left out"),
  });
  const store = new MonitoredDatasets(files, (tries) => health.condition(datasetsFolder, tries));
  const accountOf = (tenant: string) => quotas.of(tenant);
  return Datasets.open({ store, clock, turns, limits: datasetLimits(config.datasets), accountOf });
}

export function datasetLimits(settings: CommonServices["config"]["datasets"]): DatasetLimits {
  return {
    countMax: settings.count,
    versionsMax: settings.versions,
    columnsMax: settings.columns,
    datasetBytesMax: settings.dataset_bytes,
    namespaceBytesMax: settings.namespace_bytes,
    bytesMax: settings.bytes,
    memoryBytesMax: settings.memory_bytes,
    expiryMs: settings.expiry_ms,
  };
}
