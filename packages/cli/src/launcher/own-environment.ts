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
  return { ...Object.fromEntries(kept), ...added };
}
