/** The cost of the kernels on this machine: read from the data folder, or measured by the workers. */
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

  /**
   * The report for clients.
   * @param epoch the event log's epoch, with which the machine's name is hashed so that it cannot be compared between
   * gateways
   */
  publicReport(epoch: string): () => KernelCostReport | null {
    const machine = publicMachine(this.machine, epoch);
    return () => this.latest && { machine, backends: this.latest.backends };
  }
}
