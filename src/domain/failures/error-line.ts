// Finds the line of a program's output that names the error: many programs print traces, hints and other lines after
// it.

/**
 * Lines that follow an error: stack frames, statements, hints, and lines of script runners. None of them names a cause.
 */
const trailing = new RegExp(
  [
    String.raw`^(at |File "|\.\.\. |[\^~][\^~\s]*$|[\])}]+[,;]?$|\(Background on|\[(SQL|parameters):|Tasks: TOP|\(See full trace)`,
    String.raw`^(DETAIL|HINT|CONTEXT|STATEMENT|QUERY|LOCATION|LINE \d+|Where|Hint|Detail|Node\.js v|Traceback|Caused by|goroutine)\b`,
    '^(severity|detail|hint|position|schema|table|column|dataType|constraint|file|line|routine|where|length|code|query)"?: ',
    String.raw`^npm (ERR!|error)( (code|path|command|workspace|location|errno|signal|Lifecycle|A complete log)\b|$)`,
    String.raw`^(yarn|pnpm|error Command failed|error: script|info Visit|ELIFECYCLE|make(\[\d+\])?: \*\*\*|BUILD FAILED)`,
    'current transaction is aborted|Process(ed)? (completed|exited)|exit(ed)? (with )?(code|status)|Command failed',
  ].join('|'),
)

/** The most reliable pattern first. */
const signs: readonly RegExp[] = [
  /\b(ERROR|FATAL|PANIC|FEHLER):\s+(?!.*\b(failed|aborted)[.!]?$)\S|\bERROR [0-9A-Z]{5} \(|\(SQLSTATE [0-9A-Z]{5}\)/,
  /(^|[\s([:.])([A-Z]\w*)?(Error|Exception|Violation|Failure)\b[^:]{0,60}:\s+\S|\berror: \S/,
  /\b(error|failed|failure|fatal|panic|cannot|could not|denied|refused|not found|no such|invalid|unexpected)\b/i,
]

/**
 * Returns the line that says most about a failure: the last one that matches the most reliable pattern. Undefined if
 * all lines are blank. Lines must be plain text without terminal escapes.
 */
export function errorLine(lines: readonly string[]): string | undefined {
  const told = lines.map((line) => line.trim()).filter((line) => line !== '')
  const named = told.filter((line) => !trailing.test(line))
  for (const sign of signs) {
    const found = named.findLast((line) => sign.test(line))
    if (found !== undefined) return found
  }
  return named.at(-1) ?? told.at(-1)
}
