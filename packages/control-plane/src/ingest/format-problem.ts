import type { Problem } from "../model/problem.ts";

/** `file:line:column: error CODE field: message; remedy`, one line. */
export function formatProblem(problem: Problem): string {
  const { severity, code, file, line, column, field, message, remedy } = problem;
  const subject = field === "" ? "" : `${field}: `;
  const advice = remedy === "" ? "" : `; ${remedy}`;
  return oneLine(`${file}:${line}:${column}: ${severity} ${code} ${subject}${message}${advice}`);
}

/** Names and values come from files; they must not forge lines or move a terminal's cursor. */
function oneLine(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ");
}
