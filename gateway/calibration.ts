/** The calibration of the kernels, kept in the data folder: measured once on a machine, not at every start. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { Calibration } from "../engines/kernels/index.js";

const backend = z.enum(["plain", "ort", "gpujs"]);
/** JSON has no infinity: null stands for "never". */
const work = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.POSITIVE_INFINITY);
const schema = z.object({
  machine: z.string(),
  samples: z.array(
    z.object({ backend, precision: z.enum(["FP32", "FP64"]), n: z.int(), p: z.int(), ms: z.number() }),
  ),
  crossover: z.object({ ort: work, gpujs: work }),
});

/** What a calibration holds for: the processor, its cores, and what runs on it. */
export function machineName(): string {
  const list = cpus();
  return `${list.length} x ${list[0]?.model ?? "unknown"}, Node ${process.version}`;
}

const pathIn = (folder: string) => join(folder, "calibration.json");

/** Null when there is none, or none that can be read: then it is measured. */
export function readCalibration(folder: string): Calibration | null {
  try {
    return schema.parse(JSON.parse(readFileSync(pathIn(folder), "utf8")));
  } catch {
    return null;
  }
}

/** @throws when the folder cannot be written */
export function keepCalibration(folder: string, calibration: Calibration): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(pathIn(folder), `${JSON.stringify(calibration, null, 2)}\n`);
}
