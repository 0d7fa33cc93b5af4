/** What would end a field or a head on the wire, and whatever else no field may hold (RFC 9110 §5.5). */
const UNSAFE = /[\0\r\n]/;

/**
 * Header fields in wire order, as one flat array [name, value, name, value …]. Names are lower-case;
 * pseudo headers (`:path` …) are never in it. Repeated names stay separate entries.
 *
 * Safe by construction: what codecs put in they have checked, and what is added later (from
 * configuration, certificates, other fields) loses its line breaks here, so that no value can pass for
 * a field or a message of its own.
 */
export class HeaderMap {
  readonly #flat: string[];

  /** Takes ownership of `flat`; names must be lower-case already. */
  constructor(flat: string[] = []) {
    this.#flat = flat;
  }

  /** The flat array itself, for encoders; not to be changed by the reader. */
  get flat(): readonly string[] {
    return this.#flat;
  }

  /** The first value of `name`, which is lower-case. */
  get(name: string): string | undefined {
    for (let at = 0; at < this.#flat.length; at += 2)
      if (this.#flat[at] === name) return this.#flat[at + 1];
    return undefined;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** All values of `name` joined with ",", as Envoy's matchers see a repeated header. */
  joined(name: string): string | undefined {
    let found: string | undefined;
    for (let at = 0; at < this.#flat.length; at += 2) {
      if (this.#flat[at] !== name) continue;
      const value = this.#flat[at + 1] ?? "";
      found = found === undefined ? value : `${found},${value}`;
    }
    return found;
  }

  add(name: string, value: string): void {
    this.#flat.push(name, safe(value));
  }

  /** Replaces every entry of `name` by this one, at the first one's place. */
  set(name: string, text: string): void {
    const value = safe(text);
    let isPlaced = false;
    for (let at = 0; at < this.#flat.length; at += 2) {
      if (this.#flat[at] !== name) continue;
      if (isPlaced) {
        this.#flat.splice(at, 2);
        at -= 2;
      } else {
        this.#flat[at + 1] = value;
        isPlaced = true;
      }
    }
    if (!isPlaced) this.#flat.push(name, value);
  }

  remove(name: string): void {
    for (let at = this.#flat.length - 2; at >= 0; at -= 2)
      if (this.#flat[at] === name) this.#flat.splice(at, 2);
  }

  copy(): HeaderMap {
    return new HeaderMap(this.#flat.slice());
  }
}

function safe(value: string): string {
  return UNSAFE.test(value) ? value.replaceAll(/[\0\r\n]+/g, " ") : value;
}
