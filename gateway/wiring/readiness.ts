/** Whether the gateway takes requests, and if not, why. */
export class Readiness {
  private serves = false;

  /** @param troubles each the words for why nothing could be kept now; undefined while it can */
  constructor(private readonly troubles: readonly { readonly trouble: string | undefined }[]) {}

  serve(serves: boolean): void {
    this.serves = serves;
  }

  /** Why it takes no requests that it could keep, in words that may be told, "" where there is no more to say; undefined when it does. */
  get unready(): string | undefined {
    if (!this.serves) return "";
    for (const { trouble } of this.troubles) if (trouble !== undefined) return trouble;
    return undefined;
  }
}
