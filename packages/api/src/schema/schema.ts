/**
 * How a resource may look, as data: what users may write and, by {@link ValueOf}, the type they get
 * after it was checked. Whoever checks (ingest) walks this beside the YAML; nothing here has logic.
 */

declare const value: unique symbol;

interface Typed<Value> {
  /** Never there at run time; carries the type. */
  readonly [value]?: Value;
}

/** What a text must look like beyond being text. */
export type StringFormat =
  /** Kubernetes name: lower-case letters, digits, `-` and `.`. */
  | "name"
  /** As `name`, without dots. */
  | "label"
  /** DNS name, or a wildcard `*`, `*.example.com`. */
  | "host"
  /** IPv4 or IPv6. */
  | "ip"
  /** IP, or IP/length. */
  | "cidr"
  /** RE2. */
  | "regex"
  /** Value of a label that policies select by: no wildcard. */
  | "selector-value"
  /** HTTP header name, any case. */
  | "header"
  /** RFC 3339. */
  | "time"
  /** Base64. */
  | "bytes";

/** Text. */
export interface StringSchema extends Typed<string> {
  readonly kind: "string";
  readonly minLength: number;
  readonly maxLength: number;
  readonly format: StringFormat | undefined;
}

/** One of some words. `unsupported` are Istio's words that Weft does not implement. */
export interface EnumSchema<Word extends string = string> extends Typed<Word> {
  readonly kind: "enum";
  readonly words: readonly Word[];
  readonly unsupported: readonly string[];
}

/** A number; `isInteger` refuses fractions. */
export interface NumberSchema extends Typed<number> {
  readonly kind: "number";
  readonly isInteger: boolean;
  readonly min: number;
  readonly max: number;
}

/** `true` or `false`. */
export interface BooleanSchema extends Typed<boolean> {
  readonly kind: "boolean";
}

/** Go's form (`1h30m`, `2.5s`), given as milliseconds. */
export interface DurationSchema extends Typed<number> {
  readonly kind: "duration";
  readonly minMs: number;
}

/** Kubernetes' IntOrString: a port's number or name. */
export interface PortOrNameSchema extends Typed<number | string> {
  readonly kind: "port-or-name";
}

/** A sequence. */
export interface ArraySchema<Item extends Schema = Schema> extends Typed<readonly ValueOf<Item>[]> {
  readonly kind: "array";
  readonly item: Item;
  readonly minItems: number;
  readonly maxItems: number;
}

/** A mapping with free keys, in the user's order. */
export interface MapSchema<Item extends Schema = Schema>
  extends Typed<ReadonlyMap<string, ValueOf<Item>>> {
  readonly kind: "map";
  readonly item: Item;
  readonly keyFormat: StringFormat | "port" | undefined;
  readonly minItems: number;
}

/** A mapping with known keys; any other is an error. */
export interface ObjectSchema<Fields extends FieldSchemas = FieldSchemas>
  extends Typed<ObjectValue<Fields>> {
  readonly kind: "object";
  readonly fields: Fields;
  /** Of these fields at most one may be written. */
  readonly exclusive: readonly (readonly string[])[];
}

/** Istio knows the field, Weft does not yet: writing it is an error, since ignoring it would change meaning. */
export interface UnsupportedSchema extends Typed<undefined> {
  readonly kind: "unsupported";
  /** What to do instead; empty: leave it out. */
  readonly instead: string;
}

/** Known, valid, and of no concern to a mesh: not looked into. */
export interface UncheckedSchema extends Typed<undefined> {
  readonly kind: "unchecked";
}

/** Any of the forms above. */
export type Schema =
  | StringSchema
  | EnumSchema
  | NumberSchema
  | BooleanSchema
  | DurationSchema
  | PortOrNameSchema
  | ArraySchema
  | MapSchema
  | ObjectSchema
  | UnsupportedSchema
  | UncheckedSchema;

/** A field that must be written. */
export type Required<Inner extends Schema = Schema> = Inner & { readonly isRequired: true };

/** Field name → form. Fields are optional unless {@link Required}. */
export interface FieldSchemas {
  readonly [name: string]: Schema | Required;
}

/** The type of what a schema accepts. */
export type ValueOf<Form> = Form extends Typed<infer Value> ? Value : never;

type ObjectValue<Fields> = {
  readonly [Name in keyof Fields]: Fields[Name] extends { readonly isRequired: true }
    ? ValueOf<Fields[Name]>
    : ValueOf<Fields[Name]> | undefined;
};
