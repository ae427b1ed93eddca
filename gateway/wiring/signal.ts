/**
 * An event from one part of the gateway to another that is created later. Before a listener is set, events are
 * dropped, so that no part depends on one that does not exist yet.
 */
export class Signal<T> {
  private listener: (told: T) => void = () => {};

  readonly emit = (told: T): void => this.listener(told);

  listen(listener: (told: T) => void): void {
    this.listener = listener;
  }
}
