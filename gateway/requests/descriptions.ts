/**
 * Stores the answers to `describe` until what they tell changes: one message may contain thousands of these requests.
 */

import type { Detector } from "../../engines/detectors/detector.js";
import type { BackendCosts } from "../../engines/kernels/index.js";
import type { Catalog } from "../catalog/catalog.js";
import { type CatalogDescription, describe } from "./describe.js";
import type { PublicText } from "./public-text.js";

/** The measured cost of the kernels on this machine. */
export interface KernelCostReport {
  /**
   * An identifier of the machine that is stable for one gateway and does not reveal the machine's properties, which
   * only the operator may see.
   */
  readonly machine: string;
  readonly backends: readonly BackendCosts[];
}

/** The content of an answer to `describe`. */
export interface ServablesAnswer extends CatalogDescription {
  readonly kernels: KernelCostReport | null;
}

/** The number of stored answers: one for each model and one for all. Each has some tens of kilobytes. */
const keptMax = 256;

export class Descriptions {
  private readonly kept = new Map<string | undefined, ServablesAnswer>();
  private revision: number | undefined;
  private backends: KernelCostReport["backends"] | undefined;
  private inlineRevision: number | undefined;

  constructor(
    private readonly catalog: Catalog,
    private readonly detectors: readonly Detector[],
    /** Which backend is fastest for which size, once that was measured. */
    private readonly kernels: () => KernelCostReport | null,
    private readonly publicText: PublicText,
    /** Brings the catalog up to date where its entries depend on what is installed. */
    private readonly refresh: () => void = () => {},
    /** Another number whenever other batches are computed on the thread of the sockets. */
    private readonly inline: () => number = () => 0,
  ) {}

  /** @throws HeadgateError not_found when `model` names nothing */
  of(model: string | undefined): ServablesAnswer {
    this.refresh();
    const kernels = this.kernels();
    const inline = this.inline();
    const isOld =
      this.revision !== this.catalog.revision ||
      this.backends !== kernels?.backends ||
      this.inlineRevision !== inline;
    if (isOld || this.kept.size >= keptMax) this.kept.clear();
    this.revision = this.catalog.revision;
    this.backends = kernels?.backends;
    this.inlineRevision = inline;
    const known = this.kept.get(model);
    if (known !== undefined) return known;
    const made = { ...describe(this.catalog, this.detectors, this.publicText, model), kernels };
    this.kept.set(model, made);
    return made;
  }
}
