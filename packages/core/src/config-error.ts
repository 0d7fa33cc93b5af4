/** A user's configuration broke a rule. Becomes a problem report or an xDS NACK, never a crash. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  /** Path of the offending field, as the user wrote it: `spec.http[0].timeout`. */
  readonly field: string;

  constructor(field: string, rule: string, options?: ErrorOptions) {
    super(field === "" ? rule : `${field}: ${rule}`, options);
    this.field = field;
  }
}
