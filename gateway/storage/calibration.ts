/** The calibration of the kernels, kept in the data folder: measured once on a machine, not at every start. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { type Calibration, parseCalibration } from "../../engines/kernels/calibration.js";

/** The machine that a calibration is valid for: the processor, its cores, and the runtime. */
export function machineName(): string {
  const list = cpus();
  return `${list.length} x ${list[0]?.model ?? "unknown"}, Node ${process.version}`;
}

/**
 * The machine's name as clients see it: the same for the same machine and data folder, and without any of its parts.
 */
export function publicMachine(name: string, epoch: string): string {
  return createHash("sha256").update(`${epoch} ${name}`).digest("hex").slice(0, 16);
}

const pathIn = (folder: string) => join(folder, "calibration.json");

/**
 * Null when there is no calibration, when it cannot be read, or when it is another machine's: then it is measured.
 */
export function readCalibration(folder: string, machine: string): Calibration | null {
  try {
    const kept = JSON.parse(readFileSync(pathIn(folder), "utf8")) as {
      machine?: unknown;
      calibration?: unknown;
    };
    return kept.machine === machine ? (parseCalibration(kept.calibration) ?? null) : null;
  } catch {
    return null;
  }
}

/** @throws when the folder cannot be written */
export function keepCalibration(folder: string, machine: string, calibration: Calibration): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(pathIn(folder), `${JSON.stringify({ machine, calibration }, null, 2)}\n`, { mode: 0o600 });
}
