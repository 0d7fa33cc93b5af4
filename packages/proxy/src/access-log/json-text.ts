/** Metadata that is no string: prints as JSON in a text, and stays what it is inside JSON. */
export class JsonText {
  readonly #value: unknown;

  constructor(value: unknown) {
    this.#value = value;
  }

  toString(): string {
    return JSON.stringify(this.#value);
  }

  toJSON(): unknown {
    return this.#value;
  }
}
