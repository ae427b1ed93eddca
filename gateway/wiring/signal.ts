/**
 * What one part of the gateway tells another that is made after it. Until somebody listens it tells nobody, so that no
 * part has to be named before it is there.
 */
export class Signal<T> {
  private listener: (told: T) => void = () => {};

  readonly emit = (told: T): void => this.listener(told);

  listen(listener: (told: T) => void): void {
    this.listener = listener;
  }
}
