/**
 * Results of versions' proofs, kept in the data folder by the hash of everything that they depend on, so that a
 * restart does not prove them again. Each hash is kept by the stamps of the files that it was computed from, so that
 * they are not read again either.
 */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { providerNames } from "../../engines/onnx/provider-names.js";

const run = z.object({ rows: z.number(), ms: z.number(), bytes: z.number() });
const batching = z.discriminatedUnion("together", [
  z.object({
    together: z.literal(true),
    proof: z.enum(["graph", "operator"]),
    exact: z.boolean(),
    worst: z.number(),
    within: z.number(),
    trials: z.number(),
    reason: z.string().exactOptional(),
  }),
  z.object({ together: z.literal(false), reason: z.string() }),
]);
const proof = z.object({
  backend: z.string(),
  batching,
  notes: z.array(z.string()).readonly().default([]),
  fellBack: z.array(z.object({ provider: z.enum(providerNames), reason: z.string() })).readonly(),
  memory: z.object({ opening: z.number(), resident: z.number() }),
  runs: z.array(run).readonly(),
});
const failure = z.object({
  kind: z.enum(["time", "memory"]),
  reason: z.string(),
  /** The limits within which the proof failed. */
  ms: z.number(),
  memoryBytes: z.number(),
  /** Milliseconds since the epoch. */
  at: z.number(),
});
const fileSchema = z.object({
  format: z.literal(1),
  /** By hash, the most recently used last. */
  outcomes: z.array(z.tuple([z.string(), z.union([z.object({ proof }), z.object({ failure })])])),
  /** Hashes by stamp. */
  digests: z.array(z.tuple([z.string(), z.string()])),
});

export type ProofOutcome = z.infer<typeof fileSchema>["outcomes"][number][1];

/** Proofs, and stamps, that are kept: the most recently used ones. */
const keptMax = 1_024;

export class KeptProofs {
  private readonly outcomes: Map<string, ProofOutcome>;
  private readonly digests: Map<string, string>;
  private writing: Promise<void> | undefined;
  private dirty = false;

  private constructor(
    private readonly path: string,
    kept: z.infer<typeof fileSchema> | undefined,
    private readonly unkept: (error: unknown) => void,
  ) {
    this.outcomes = new Map(kept?.outcomes);
    this.digests = new Map(kept?.digests);
  }

  /**
   * Starts empty where the file is absent, damaged or of another format.
   * @param unkept called with the error when the file cannot be written
   */
  static async open(folder: string, unkept: (error: unknown) => void): Promise<KeptProofs> {
    const path = join(folder, "proofs.json");
    const text = await readFile(path, "utf8").catch(() => "null");
    return new KeptProofs(path, parsed(text), unkept);
  }

  digestOf(stamp: string): string | undefined {
    return this.digests.get(stamp);
  }

  outcomeOf(digest: string): ProofOutcome | undefined {
    return this.outcomes.get(digest);
  }

  setDigest(stamp: string, digest: string): void {
    put(this.digests, stamp, digest);
    this.write();
  }

  setOutcome(digest: string, outcome: ProofOutcome): void {
    put(this.outcomes, digest, outcome);
    this.write();
  }

  /** Settles once everything is on disk. */
  async written(): Promise<void> {
    while (this.writing !== undefined) await this.writing;
  }

  private write(): void {
    this.dirty = true;
    this.writing ??= this.writeAll().finally(() => {
      this.writing = undefined;
    });
  }

  private async writeAll(): Promise<void> {
    while (this.dirty) {
      this.dirty = false;
      const whole = { format: 1, outcomes: [...this.outcomes], digests: [...this.digests] };
      const aside = `${this.path}.new`;
      try {
        await mkdir(join(this.path, ".."), { recursive: true });
        await writeFile(aside, `${JSON.stringify(whole)}\n`, { mode: 0o600 });
        await rename(aside, this.path);
      } catch (error) {
        this.unkept(error);
      }
    }
  }
}

function parsed(text: string): z.infer<typeof fileSchema> | undefined {
  try {
    return fileSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function put<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= keptMax) return;
    map.delete(oldest);
  }
}
