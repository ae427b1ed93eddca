/** Uses answers in the order in which they were asked for, also where an earlier one arrives later. */
export class AnswerOrder {
  /** Settles when every answer so far was used. Undefined when none is awaited. */
  private earlier: Promise<unknown> | undefined;

  /** The result of `use`. It is used at once when the answer is there and no earlier one is awaited. */
  use<T, R>(answer: T | Promise<T>, use: (answer: T) => R): R | Promise<R> {
    const { earlier } = this;
    if (earlier === undefined && !(answer instanceof Promise)) return use(answer);
    const used = Promise.all([answer, earlier]).then(([arrived]) => use(arrived));
    const settled = Promise.allSettled([used]).then(() => {
      if (this.earlier === settled) this.earlier = undefined;
    });
    this.earlier = settled;
    return used;
  }
}
