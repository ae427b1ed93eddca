/** Whether the gateway accepts requests, and the reason when it does not. */
export class Readiness {
  private serves = false;

  /** @param troubles each has the reason why nothing can be stored at present, or undefined */
  constructor(private readonly troubles: readonly { readonly trouble: string | undefined }[]) {}

  serve(serves: boolean): void {
    this.serves = serves;
  }

  /**
   * The reason why requests cannot be stored at present, in words that clients may see; "" when there is no more to
   * say, and undefined when the gateway is ready.
   */
  get unready(): string | undefined {
    if (!this.serves) return "";
    for (const { trouble } of this.troubles) if (trouble !== undefined) return trouble;
    return undefined;
  }
}
