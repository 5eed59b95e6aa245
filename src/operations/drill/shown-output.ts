// What an untrusted command says: shown without secrets and without words that a runner would obey, and not without
// end.

import { harmlessLine } from '../../domain/drill/rehearsal.ts'
import { errorLine } from '../../domain/failures/error-line.ts'
import type { Reporter } from '../../ports/common.ts'

const shownAtMost = 2000
const lastKept = 20
/** The line that names an error stands in front of traces and of what runners of scripts add. */
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

  /** Once the command is done: says how much was not shown. */
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

  /** The line that names the error, without the mark in front; undefined where nothing was said. */
  get error(): string | undefined {
    return errorLine(this.#last.map((line) => line.slice(2)))?.slice(0, 300)
  }
}
