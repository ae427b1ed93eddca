/** What the kernels cost on this machine: as the data folder has it, or as the workers measure it. */
import type { Logger } from "pino";
import type { Calibration } from "../../engines/kernels/index.js";
import type { KernelCostReport } from "../requests/descriptions.js";
import { keepCalibration, machineName, publicMachine, readCalibration } from "../storage/calibration.js";

export class MeasuredKernels {
  private readonly machine = machineName();
  private latest: Calibration | null;

  constructor(
    private readonly folder: string,
    private readonly log: Logger,
  ) {
    this.latest = readCalibration(folder, this.machine);
  }

  get calibration(): Calibration | null {
    return this.latest;
  }

  measured(calibration: Calibration): void {
    const { folder, log, machine } = this;
    this.latest = calibration;
    log.info({ machine }, "kernels calibrated");
    try {
      keepCalibration(folder, machine, calibration);
    } catch (error) {
      log.warn({ err: error, data: folder }, "the calibration cannot be kept; it is measured at each start");
    }
  }

  /** What may be told of it. @param epoch the event log's: the machine's name is told in a form that only it gives */
  publicReport(epoch: string): () => KernelCostReport | null {
    const machine = publicMachine(this.machine, epoch);
    return () => this.latest && { machine, backends: this.latest.backends };
  }
}
