/**
 * An event from one part of the gateway to another that is created later. Before a listener is set, events are
 * dropped, so that no part depends on one that does not exist yet.
 */
export class Signal<T> {
  private listener: (value: T) => void = () => {};

  readonly emit = (value: T): void => this.listener(value);

  listen(listener: (value: T) => void): void {
    this.listener = listener;
  }
}
