/** What is computed for somebody who may stop waiting for it. */
export interface PendingAnswer<T> {
  readonly answer: Promise<T>;
  cancel(): void;
}
