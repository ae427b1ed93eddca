/** Every servable by name and version: what may be asked for, and what is known but cannot answer. */
import { HeadgateError } from "../protocol/errors.js";
import { shown } from "../protocol/fields.js";
import { type Servable, type Signature, servableKey } from "./servable.js";

export type State =
  | { readonly kind: "ready" }
  | { readonly kind: "loading" }
  | { readonly kind: "unavailable"; readonly reason: string };

export interface Entry {
  readonly servable: Servable;
  readonly state: State;
}

export class Catalog {
  private readonly entries = new Map<string, Map<string, Entry>>();
  /** Folders of the repository that hold no servable model, and why. */
  private readonly refused = new Map<string, string>();

  set(servable: Servable, state: State): void {
    const { name, version } = servable.signature;
    const versions = this.entries.get(name) ?? new Map<string, Entry>();
    versions.set(version, { servable, state });
    this.entries.set(name, versions);
  }

  /** A version that was served and cannot be any more. */
  withdraw(key: string, reason: string): void {
    for (const { servable } of this.all())
      if (servableKey(servable.signature) === key) this.set(servable, { kind: "unavailable", reason });
  }

  refuse(name: string, reason: string): void {
    this.refused.set(name, reason);
  }

  /**
   * The servable to answer a request: the version asked for, or the highest that is ready.
   * @throws HeadgateError not_found, or unavailable with the reason
   */
  resolve(name: string, version?: string): Servable {
    const versions = this.entries.get(name);
    if (versions === undefined) throw this.unknown(name);
    const entry = version === undefined ? best(versions) : versions.get(version);
    if (entry === undefined)
      throw new HeadgateError(
        "not_found",
        `version: ${name} has no version ${shown(version)}; it has ${[...versions.keys()].join(", ")}`,
      );
    if (entry.state.kind === "ready") return entry.servable;
    const reason = entry.state.kind === "loading" ? "still loading" : entry.state.reason;
    throw new HeadgateError(
      "unavailable",
      `model: ${name} version ${entry.servable.signature.version}: ${reason}`,
    );
  }

  all(): Entry[] {
    return [...this.entries.values()].flatMap((versions) => [...versions.values()]);
  }

  refusals(): ReadonlyMap<string, string> {
    return this.refused;
  }

  private unknown(name: string): HeadgateError {
    const reason = this.refused.get(name);
    if (reason !== undefined)
      return new HeadgateError("unavailable", `model: ${name} is not served: ${reason}`);
    const near = [...this.entries.keys()].sort().join(", ");
    return new HeadgateError("not_found", `model: no model ${shown(name)}; there are ${near}`);
  }
}

function best(versions: ReadonlyMap<string, Entry>): Entry | undefined {
  const descending = [...versions.values()].sort(
    (a, b) => order(b.servable.signature) - order(a.servable.signature),
  );
  return descending.find((entry) => entry.state.kind === "ready") ?? descending[0];
}

function order(signature: Signature): number {
  return Number(signature.version);
}
