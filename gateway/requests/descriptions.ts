/** Answers to `describe`, made once and again when the catalog has changed: thousands may be asked for in one message. */

import type { Detector } from "../../engines/detectors/detector.js";
import type { BackendCosts } from "../../engines/kernels/index.js";
import type { Catalog } from "../catalog/catalog.js";
import { type CatalogDescription, describe } from "./describe.js";
import type { PublicText } from "./public-text.js";

/** What the kernels cost on this machine. */
export interface KernelCostReport {
  /** The same for the same machine, and nothing else: what it is made of is the operator's to tell. */
  readonly machine: string;
  readonly backends: readonly BackendCosts[];
}

/** What `describe` answers. */
export interface ServablesAnswer extends CatalogDescription {
  readonly kernels: KernelCostReport | null;
}

/** Answers kept, one a model and one of all: some tens of kilobytes each. */
const keptMax = 256;

export class Descriptions {
  private readonly kept = new Map<string | undefined, ServablesAnswer>();
  private revision: number | undefined;
  private backends: KernelCostReport["backends"] | undefined;

  constructor(
    private readonly catalog: Catalog,
    private readonly detectors: readonly Detector[],
    /** Which backend wins where, once it was measured. */
    private readonly kernels: () => KernelCostReport | null,
    private readonly publicText: PublicText,
  ) {}

  /** @throws HeadgateError not_found when `model` names nothing */
  of(model: string | undefined): ServablesAnswer {
    const kernels = this.kernels();
    const isOld = this.revision !== this.catalog.revision || this.backends !== kernels?.backends;
    if (isOld || this.kept.size >= keptMax) this.kept.clear();
    this.revision = this.catalog.revision;
    this.backends = kernels?.backends;
    const known = this.kept.get(model);
    if (known !== undefined) return known;
    const made = { ...describe(this.catalog, this.detectors, this.publicText, model), kernels };
    this.kept.set(model, made);
    return made;
  }
}
