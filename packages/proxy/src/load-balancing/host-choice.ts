/**
 * Draws a host that was not tried yet: `draw` as often as allowed, then the first untried one of
 * `hosts`, then whatever was drawn. Envoy's `previous_hosts`, with the scan added, so that a retry
 * never goes back to a host that just failed while another is left.
 */
export function pickUntried<H>(
  draw: () => H | undefined,
  hosts: readonly H[],
  triedHosts: readonly unknown[],
  maxDraws: number,
): H | undefined {
  let host = draw();
  if (host === undefined || triedHosts.length === 0 || !triedHosts.includes(host)) return host;
  for (let count = 1; count < maxDraws; count += 1) {
    host = draw();
    if (!triedHosts.includes(host)) return host;
  }
  return hosts.find((other) => !triedHosts.includes(other)) ?? host;
}
