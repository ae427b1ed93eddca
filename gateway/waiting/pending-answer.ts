/** A computation in progress whose caller may stop waiting for it. */
export interface PendingAnswer<T> {
  readonly answer: Promise<T>;
  cancel(): void;
}
