import type { Clock, Log, Timer } from "@weft/core";
import pc from "picocolors";
import type { MeshRecord } from "../state/mesh-record.ts";
import { type Colors, formatMeshTable, formatProgress } from "./mesh-table.ts";
import { Screen, type TextOutput } from "./screen.ts";

const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 100;
const STEP_INTERVAL_MS = 1000;

/** What the summary says beside the record. */
export interface ReadyFacts {
  /** Files and folders, as the user named them. */
  readonly resources: readonly string[];
  readonly logs: string;
  /** True when a page has been seen at the gateway's address. */
  readonly hasPage: boolean;
}

/** What `weft up` shows: how far it is, then what runs where, and what happens to it. */
export class UpView {
  readonly log: Log;
  readonly #screen: Screen;
  readonly #colors: Colors;
  readonly #clock: Clock;
  #record: MeshRecord | undefined;
  #step = "reading the resources";
  #isSetUp = false;
  #frame = 0;
  #saidAtMs = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;

  constructor(output: TextOutput, options: { readonly clock: Clock; readonly colors: boolean }) {
    this.#screen = new Screen(output);
    this.#colors = pc.createColors(options.colors && output.isTTY === true);
    this.#clock = options.clock;
    const { yellow, red } = this.#colors;
    this.log = {
      info: (message) => this.#screen.print(`weft: ${message}`),
      warn: (message) => this.#screen.print(`weft: ${yellow(message)}`),
      error: (message) => this.#screen.print(`weft: ${red(message)}`),
    };
    this.#animate();
  }

  /** Something of the mesh has changed. */
  update(record: MeshRecord): void {
    const step = formatProgress(record);
    const isNew = step !== this.#step;
    this.#record = record;
    this.#step = step;
    if (this.#screen.hasBlock) this.#draw();
    else if (isNew && !this.#isSetUp && record.state === "starting") this.#sayStep(step);
  }

  /** Everything is up: the table, where to go, where to look. */
  showReady(record: MeshRecord, facts: ReadyFacts): void {
    this.#isSetUp = true;
    this.#timer?.cancel();
    const { bold, cyan } = this.#colors;
    const seconds = ((record.readyAfterMs ?? 0) / 1000).toFixed(1);
    const what = facts.hasPage ? "first page" : "ready";
    this.#screen.print(bold(`weft: ${what} after ${seconds} s`));
    for (const url of record.urls) this.#screen.print(`  open  ${cyan(url)}`);
    this.#screen.print(`  edit  ${facts.resources.join(", ")} (changes are live when saved)`);
    this.#screen.print(`  logs  ${facts.logs}`);
    this.#screen.print("  stop  Ctrl-C");
    this.#screen.print(
      "  note  capture is proxy-env: another process of your user could reach an application past its sidecar",
    );
    this.#record = record;
    if (this.#screen.hasBlock) this.#draw();
    else for (const line of formatMeshTable(record, this.#colors)) this.#screen.print(line);
  }

  /** From now on there are only lines. */
  close(): void {
    this.#timer?.cancel();
    this.#screen.show([]);
    this.#screen.keep();
  }

  /** Without a terminal each step is a line for good: one a second tells enough. */
  #sayStep(step: string): void {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#saidAtMs < STEP_INTERVAL_MS) return;
    this.#saidAtMs = nowMs;
    this.#screen.print(`weft: ${step}`);
  }

  #animate(): void {
    if (!this.#screen.hasBlock) return;
    this.#frame++;
    this.#draw();
    this.#timer = this.#clock.schedule(FRAME_MS, () => this.#animate(), { unref: true });
  }

  #draw(): void {
    const table = this.#record === undefined ? [] : formatMeshTable(this.#record, this.#colors);
    const spinner = SPINNER[this.#frame % SPINNER.length] ?? "";
    const progress = `${this.#colors.cyan(spinner)} ${this.#step} …`;
    this.#screen.show(this.#isSetUp ? ["", ...table] : [...table, progress]);
  }
}
