import type { RouteConfiguration } from "@weft/api/envoy/config/route/v3/route_pb.js";
import type { RouteTables } from "../http/http-deps.ts";
import type { RouteTable } from "../route/route-table.ts";

/** Compiles a configuration; throws `ConfigError`. */
export type CompileRouteTable = (message: RouteConfiguration) => RouteTable;

/** Route tables by name. Each is immutable and replaced whole; a name that goes leaves nothing. */
export class RouteTableStore implements RouteTables {
  readonly #compile: CompileRouteTable;
  readonly #tables = new Map<string, RouteTable>();
  /** Names the server said do not exist; a listener need not wait for them. */
  readonly #missing = new Set<string>();

  constructor(compile: CompileRouteTable) {
    this.#compile = compile;
  }

  get(name: string): RouteTable | undefined {
    return this.#tables.get(name);
  }

  /** Something is known about the name: a table, or that there is none. */
  isKnown(name: string): boolean {
    return this.#tables.has(name) || this.#missing.has(name);
  }

  applyRouteConfiguration(name: string, message: RouteConfiguration): void {
    this.#tables.set(name, this.#compile(message));
    this.#missing.delete(name);
  }

  remove(name: string): void {
    this.#tables.delete(name);
    this.#missing.add(name);
  }

  /** Forgets the tables that no listener refers to any more. */
  keepOnly(names: readonly string[]): void {
    const wanted = new Set(names);
    for (const name of [...this.#tables.keys()]) if (!wanted.has(name)) this.#tables.delete(name);
    for (const name of [...this.#missing]) if (!wanted.has(name)) this.#missing.delete(name);
  }
}
