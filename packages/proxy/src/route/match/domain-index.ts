import { ConfigError } from "@weft/core";

/** Finds the virtual host for a host name: exact, `*suffix` longest first, `prefix*` longest first, `*`. */
export interface DomainIndex<T> {
  readonly exact: ReadonlyMap<string, T>;
  /** Longest first; each without its "*". */
  readonly suffixes: readonly WildcardDomain<T>[];
  readonly prefixes: readonly WildcardDomain<T>[];
  readonly any: T | undefined;
}

interface WildcardDomain<T> {
  readonly text: string;
  readonly target: T;
}

/** Case-insensitive. A domain that is named twice is an error, as in Envoy. */
export function createDomainIndex<T>(
  entries: Iterable<readonly [domain: string, target: T]>,
  field: string,
): DomainIndex<T> {
  const exact = new Map<string, T>();
  const suffixes: WildcardDomain<T>[] = [];
  const prefixes: WildcardDomain<T>[] = [];
  const seen = new Set<string>();
  let any: T | undefined;
  for (const [domain, target] of entries) {
    const name = domain.toLowerCase();
    if (seen.has(name)) throw new ConfigError(field, `domain "${domain}" is named twice`);
    seen.add(name);
    if (name === "*") any = target;
    else if (name.startsWith("*")) suffixes.push({ text: name.slice(1), target });
    else if (name.endsWith("*")) prefixes.push({ text: name.slice(0, -1), target });
    else exact.set(name, target);
  }
  const longestFirst = (a: WildcardDomain<T>, b: WildcardDomain<T>) =>
    b.text.length - a.text.length;
  return {
    exact,
    suffixes: suffixes.sort(longestFirst),
    prefixes: prefixes.sort(longestFirst),
    any,
  };
}

/** `host` as the client named it, with or without port; a wildcard stands for at least one character. */
export function findDomain<T>(index: DomainIndex<T>, host: string): T | undefined {
  const name = host.toLowerCase();
  const exact = index.exact.get(name);
  if (exact !== undefined) return exact;
  for (const { text, target } of index.suffixes)
    if (name.length > text.length && name.endsWith(text)) return target;
  for (const { text, target } of index.prefixes)
    if (name.length > text.length && name.startsWith(text)) return target;
  return index.any;
}

/** `example.com:80` → `example.com`; `[2001:db8::1]:80` → `[2001:db8::1]`. */
export function withoutPort(host: string): string {
  const colon = host.lastIndexOf(":");
  if (colon === -1 || host.indexOf("]", colon) !== -1) return host;
  return /^\d+$/.test(host.slice(colon + 1)) ? host.slice(0, colon) : host;
}
