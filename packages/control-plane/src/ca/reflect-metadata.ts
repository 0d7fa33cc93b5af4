/**
 * The three functions of the former decorator-metadata proposal that the container inside
 * `@peculiar/x509` insists on at load time. Only what it calls, and only where nobody defined it.
 */
interface ReflectMetadata {
  getMetadata?: (key: unknown, target: object) => unknown;
  getOwnMetadata?: (key: unknown, target: object) => unknown;
  defineMetadata?: (key: unknown, value: unknown, target: object) => void;
}

const byTarget = new WeakMap<object, Map<unknown, unknown>>();
const reflect = Reflect as ReflectMetadata;

reflect.getMetadata ??= (key, target) => {
  let holder: object | null = target;
  while (holder !== null) {
    const held = byTarget.get(holder);
    if (held?.has(key) === true) return held.get(key);
    holder = Object.getPrototypeOf(holder);
  }
  return undefined;
};
reflect.getOwnMetadata ??= (key, target) => byTarget.get(target)?.get(key);
reflect.defineMetadata ??= (key, value, target) => {
  const held = byTarget.get(target) ?? new Map<unknown, unknown>();
  byTarget.set(target, held.set(key, value));
};

export {};
