/** What unit tests share; `@weft/testing/end-to-end` has what tests with real processes share. */
export { createFakeClock, type FakeClock } from "./fake-clock.ts";
