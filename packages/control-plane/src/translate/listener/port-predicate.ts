import { create } from "@bufbuild/protobuf";
import {
  type ListenerFilterChainMatchPredicate,
  ListenerFilterChainMatchPredicateSchema,
} from "@weft/api/envoy/config/listener/v3/listener_components_pb.js";

/** True for connections to one of `ports`, of which there is at least one. */
export function anyOfPorts(ports: readonly number[]): ListenerFilterChainMatchPredicate {
  const rules = ports.map(portRule);
  const [only, ...others] = rules;
  if (only !== undefined && others.length === 0) return only;
  return create(ListenerFilterChainMatchPredicateSchema, {
    rule: { case: "orMatch", value: { rules } },
  });
}

/** True for connections to any other port. */
export function notOfPorts(ports: readonly number[]): ListenerFilterChainMatchPredicate {
  return create(ListenerFilterChainMatchPredicateSchema, {
    rule: { case: "notMatch", value: anyOfPorts(ports) },
  });
}

function portRule(port: number): ListenerFilterChainMatchPredicate {
  return create(ListenerFilterChainMatchPredicateSchema, {
    rule: { case: "destinationPortRange", value: { start: port, end: port + 1 } },
  });
}
