/**
 * The few templates that a client has of its frames. A search begins with the one that fitted last. Making one takes as
 * long as several frames without, so that whoever asks in ever new shapes is not made to wait for templates.
 */

const templatesMax = 32;
/** With a full list, one in so many frames that fit none replaces a template. */
const missesPerTemplate = 64;

export class TemplateList<T> {
  /** The one that fitted last is the first. */
  readonly items: T[] = [];
  private misses = 0;
  private replaced = 1;

  /** Notes that the template at this index fitted. */
  fitted(index: number): void {
    if (index === 0) return;
    const { items } = this;
    [items[0], items[index]] = [items[index] as T, items[0] as T];
  }

  /** Whether a template is made for a frame that fits none. */
  get isWanted(): boolean {
    this.misses++;
    return this.misses <= templatesMax || this.misses % missesPerTemplate === 0;
  }

  add(template: T): void {
    if (this.items.length < templatesMax) return void this.items.push(template);
    this.items[this.replaced] = template;
    this.replaced = (this.replaced % (templatesMax - 1)) + 1; // all but the first, which fitted last
  }
}
