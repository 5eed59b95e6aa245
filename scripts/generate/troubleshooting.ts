// docs/troubleshooting.md: one handwritten entry for each failure code, with a generated exit code.
import { type FailureCode, failureCodes } from '../../src/domain/failures/failure-codes.ts'
import { failureKinds } from '../../src/domain/failures/failure-kinds.ts'

const codes = Object.keys(failureCodes) as FailureCode[]

/** An entry begins with its code; the line with the exit code below it is generated. */
const heading = /^### (.+)\n(?:Exit code.*\n)?/gm

/** The page with the exit code of each entry filled in. */
export function troubleshootingPage(page: string): string {
  return page.replaceAll(heading, (whole, code: string) => {
    const kind = failureCodes[code as FailureCode]
    return kind === undefined ? whole : `### ${code}\nExit code ${failureKinds[kind].exitCode} (${kind}).\n`
  })
}

/**
 * Returns the faults of the table of codes: codes without an entry, entries without a code or a text, and codes that no
 * source creates.
 */
export function codeFaults(page: string, sources: readonly string[]): string[] {
  const entries = page.split(/^### /m).slice(1)
  const names = entries.map((entry) => entry.slice(0, entry.indexOf('\n')))
  const without = entries.flatMap((entry, at) => (/\n(?!Exit code|#|\n).+/.test(entry) ? [] : [names[at]]))
  const created = new Set(
    sources.flatMap((text) => [...text.matchAll(/(?<![!=]== )'([a-z0-9/-]+)'/g)].map(([, code]) => code)),
  )
  return [
    ...codes.filter((code) => !names.includes(code)).map((code) => `docs/troubleshooting.md has no entry ### ${code}`),
    ...names
      .filter((name) => !Object.hasOwn(failureCodes, name))
      .map((name) => `docs/troubleshooting.md: there is no code ${name}`),
    ...names
      .filter((name, at) => names.indexOf(name) !== at)
      .map((name) => `docs/troubleshooting.md: two entries ### ${name}`),
    ...without.map((name) => `docs/troubleshooting.md: ### ${name} does not say what to do`),
    ...codes.filter((code) => !created.has(code)).map((code) => `src creates no failure with the code ${code}`),
  ]
}
