/** One pool of glibc's malloc for all threads: an idle sidecar keeps some 4 MB less. */
const ONE_ARENA = { MALLOC_ARENA_MAX: "1" };

/**
 * The environment of our own programs: theirs is the bootstrap, so a proxy that this machine uses for
 * the outside world must not come between them.
 */
export function buildOwnEnvironment(
  inherited: Readonly<Record<string, string | undefined>>,
  added: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string | undefined>> {
  const kept = Object.entries(inherited).filter(
    ([name]) => !/^(https?|grpc|all)_proxy$/i.test(name) && !/^(npm_|NODE_CHANNEL_)/.test(name),
  );
  return { ...ONE_ARENA, ...Object.fromEntries(kept), ...added };
}
