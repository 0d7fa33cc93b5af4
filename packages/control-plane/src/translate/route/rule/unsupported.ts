import type { HttpRoute } from "../../../model/virtual-service.ts";
import type { RuleContext } from "./http-route.ts";

/** Says that Weft's proxy would not do what a field of the rule asks for. */
export function reportUnsupported(rule: HttpRoute, context: RuleContext, field: string): void {
  context.scope.report(rule.origin, {
    code: "Unsupported",
    field: `spec.http[${context.index}].${field}`,
    message: "Weft's proxy does not implement this yet, so it has no effect",
    remedy: "remove it, or run a stock Envoy as this workload's sidecar",
  });
}
