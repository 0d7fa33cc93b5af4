import { lookup } from "node:dns/promises";
import type { ResolveName } from "./dns-discovery.ts";

/** The machine's own resolver, `/etc/hosts` included; addresses resolve to themselves. */
export const systemResolver: ResolveName = async (name, family) => {
  const found = await lookup(name, {
    all: true,
    family: family === "v4" ? 4 : family === "v6" ? 6 : 0,
    // AUTO is "IPv6 if there is one" in Envoy; a machine without a route there would not answer.
    order: "ipv4first",
  });
  return found.map(({ address }) => address);
};
