/** One step of a decision, for people who ask why. */
export interface DecisionStep {
  /** What was looked at: `virtual host reviews:9080`, `route canary`, `header end-user`. */
  readonly subject: string;
  readonly isMatch: boolean;
  /** Why, with the values compared. */
  readonly reason: string;
}

/** Where a decision function writes its steps when somebody listens; absent on the hot path. */
export interface DecisionTrace {
  add(step: DecisionStep): void;
}
