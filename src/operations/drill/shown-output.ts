// Shows the output of an untrusted command, without secrets and workflow commands, and with a limit.

import { harmlessLine } from '../../domain/drill/rehearsal.ts'
import { errorLine } from '../../domain/failures/error-line.ts'
import type { Reporter } from '../../ports/common.ts'

const shownAtMost = 2000
const lastKept = 20
/** Number of lines to search for the error, which precedes stack traces and output of script runners. */
const lastSearched = 100

export class ShownOutput {
  readonly #reporter: Reporter
  readonly #secrets: readonly string[]
  #lines = 0
  readonly #last: string[] = []

  constructor(reporter: Reporter, secrets: readonly string[]) {
    this.#reporter = reporter
    this.#secrets = secrets.filter((secret) => secret !== '')
  }

  readonly onLine = (line: string): void => {
    const plain = this.#secrets.reduce((text, secret) => text.replaceAll(secret, '***'), line)
    const shown = harmlessLine(plain)
    this.#lines += 1
    this.#last.push(shown)
    if (this.#last.length > lastSearched) this.#last.shift()
    if (this.#lines <= shownAtMost) this.#reporter.note(shown)
  }

  /** Call once the command has ended. Reports how many lines were not shown, and shows the last ones. */
  end(): void {
    const more = this.#lines - shownAtMost
    if (more <= 0) return
    this.#reporter.note(`${more} more lines are not shown; the last ones:`)
    for (const line of this.last) this.#reporter.note(line)
  }

  /** The last twenty lines. */
  get last(): readonly string[] {
    return this.#last.slice(-lastKept)
  }

  /** The line that names the error, without the prefix of `harmlessLine`; undefined if there is none. */
  get error(): string | undefined {
    return errorLine(this.#last.map((line) => line.slice(2)))?.slice(0, 300)
  }
}
