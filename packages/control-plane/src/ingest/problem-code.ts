/** Every code a {@link Problem} may have, with what it tells. Codes are stable: people search for them. */
export const PROBLEM_CODE = {
  FileUnreadable: "the file or folder cannot be read",
  TooLarge: "the file or document is larger than Weft accepts",
  InvalidYaml: "the text is not YAML",
  DuplicateKey: "a mapping has the same key twice",
  InvalidDocument: "the document is not a Kubernetes-like resource",
  UnknownKind: "no such kind, or not in that API group",
  UnknownVersion: "the kind is not served in that API version",
  UnsupportedKind: "Weft does not implement the kind",
  UnknownField: "no such field",
  MissingField: "a required field is not there",
  WrongType: "another type is expected",
  InvalidValue: "the type is right, the value is not",
  Conflict: "fields that exclude each other are both there",
  Unsupported: "Istio knows the field or value, Weft does not implement it",
  DuplicateResource: "the same resource is written twice",
  DuplicateName: "two entries of a list have the same name, port or host",
  HostNotFound: "a route leads to a host that no Service or ServiceEntry has",
  PortNotFound: "a route leads to a port that the service does not have",
  SubsetNotFound: "a route leads to a subset that no DestinationRule defines",
  GatewayNotFound: "a VirtualService is bound to a Gateway that does not exist",
  UnknownRuleHost: "a DestinationRule is for a host that nothing has",
  SelectorMatchesNothing: "a selector holds for no workload",
  UnreachableRule: "an earlier rule takes everything",
  ConflictingHost: "two VirtualServices have the same host and gateway",
  NoEffect: "what is written changes nothing",
} as const;

/** One of the keys of {@link PROBLEM_CODE}. */
export type ProblemCode = keyof typeof PROBLEM_CODE;
