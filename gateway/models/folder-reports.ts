/** What clients and the operator are told of one model's folder: its card, and once what is not taken from it. */
import type { ModelConfig } from "../../engines/onnx/model-config.js";
import type { ModelFolder } from "../../engines/onnx/model-folder.js";
import type { LiveVersion } from "./live-version.js";
import type { ModelDependencies } from "./model-dependencies.js";

export class FolderReports {
  private notesLogged = "";
  /** The digest of the card that was last reported as not signed. */
  private cardRefused: string | null = null;

  constructor(
    private readonly name: string,
    private readonly dependencies: Pick<ModelDependencies, "catalog" | "loader" | "log">,
  ) {}

  /** Where signatures are required, a card that no open version's signature covers is not answered to clients. */
  showCard({ card, cardDigest, history = [] }: ModelFolder, versions: Iterable<LiveVersion>): void {
    const { catalog, loader, log } = this.dependencies;
    const open = [...versions].filter(({ isOpen }) => isOpen);
    const isShown = !loader.requiresSignature || open.some(({ signedCard }) => signedCard === cardDigest);
    catalog.setCard(this.name, isShown ? card : null);
    // The record chooses nothing, so no signature is asked for it.
    catalog.setHistory(this.name, history);
    if (isShown) this.cardRefused = null;
    if (isShown || open.length === 0 || cardDigest === this.cardRefused) return;
    this.cardRefused = cardDigest;
    log.warn({ model: this.name }, "the model's README.md is not as it was signed, and is not shown");
  }

  /** Logs the notes when they differ from those before. */
  logNotes(notes: readonly string[]): void {
    const joined = notes.join(" ");
    if (joined === this.notesLogged) return;
    this.notesLogged = joined;
    if (joined !== "")
      this.dependencies.log.warn({ model: this.name, notes }, "how a model's folder was read");
  }

  warnOfAbsent({ traffic: { weights, shadow } }: ModelConfig, isServed: (number: number) => boolean): void {
    const named = [...Object.keys(weights ?? {}), ...(shadow ? [shadow.version] : [])];
    const absent = named.filter((version) => !isServed(Number(version)));
    if (absent.length > 0)
      this.dependencies.log.warn(
        { model: this.name, versions: absent },
        "traffic names versions that are not served",
      );
  }
}
