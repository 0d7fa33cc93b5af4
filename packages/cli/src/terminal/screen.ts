/** Where text goes. */
export interface TextOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

const ESCAPE = "\u001b[";

/**
 * Lines that scroll by, and below them a block that is drawn anew when it changes. Where the output
 * is no terminal, or too small, there is no block.
 */
export class Screen {
  readonly hasBlock: boolean;
  readonly #output: TextOutput;
  #block: readonly string[] = [];
  #drawn = "";

  constructor(output: TextOutput) {
    this.#output = output;
    this.hasBlock = output.isTTY === true;
  }

  /** Prints a line above the block. */
  print(line: string): void {
    this.#output.write(`${this.#erase()}${line}\n`);
    this.#draw();
  }

  /** Replaces the block; an empty one takes it away. */
  show(block: readonly string[]): void {
    if (!this.hasBlock) return;
    const room = Math.max(1, (this.#output.rows ?? 24) - 2);
    const cut = block.length > room ? [...block.slice(0, room - 1), "…"] : block;
    const width = this.#output.columns ?? 80;
    const fitted = cut.map((line) => cutTo(line, width - 1));
    if (fitted.join("\n") === this.#drawn) return;
    this.#output.write(this.#erase());
    this.#block = fitted;
    this.#draw();
  }

  /** Leaves the block where it is and forgets it. */
  keep(): void {
    this.#block = [];
    this.#drawn = "";
  }

  #erase(): string {
    return this.#block.length === 0 ? "" : `${ESCAPE}${this.#block.length}A\r${ESCAPE}0J`;
  }

  #draw(): void {
    this.#drawn = this.#block.join("\n");
    if (this.#block.length > 0) this.#output.write(`${this.#drawn}\n`);
  }
}

/** A line that wraps would be counted as one and leave its rest behind. Colours take no room. */
function cutTo(line: string, width: number): string {
  let seen = 0;
  let index = 0;
  while (index < line.length && seen < width) {
    const colorEnd = line.startsWith(ESCAPE, index) ? line.indexOf("m", index) : -1;
    if (colorEnd >= 0) index = colorEnd + 1;
    else {
      index++;
      seen++;
    }
  }
  return index >= line.length ? line : `${line.slice(0, index)}${ESCAPE}0m`;
}
