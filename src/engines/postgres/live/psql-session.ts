// Queries in the psql session that has run a script: psql prints the results.
import { randomBytes } from 'node:crypto'
import type { TableName } from '../../../domain/fingerprint/table-name.ts'
import type { Child } from '../../../streams/processes/child.ts'
import type { Reader } from '../compare/reader.ts'

/** Reads what psql prints up to a mark. Discards it if the caller requested no rows, so that psql never waits. */
export class PsqlSession implements Reader {
  /** The first line that psql prints; empty if it prints none. */
  readonly firstLine: Promise<string>
  readonly #psql: Child
  readonly #chunks: AsyncIterator<Buffer>
  readonly #scriptEnds: Promise<void>
  readonly #nonce = randomBytes(16).toString('hex')
  #rest: Buffer = Buffer.alloc(0)
  #asked = 0

  constructor(psql: Child) {
    this.#psql = psql
    this.#chunks = psql.stdout[Symbol.asyncIterator]()
    let tell = (_: string): void => {}
    this.firstLine = new Promise((resolve) => {
      tell = resolve
    })
    this.#scriptEnds = this.#skipScript(tell)
    this.#scriptEnds.catch(() => {})
  }

  /**
   * Waits for the script to end, then runs the statements. Call once, after the last statement of the script. Throws
   * the failure of psql.
   */
  async open(statements: readonly string[]): Promise<void> {
    this.#mark()
    await this.#scriptEnds
    for (const statement of statements) for await (const _ of this.copy(statement));
  }

  async rows<T>(sql: string): Promise<T[]> {
    const chunks: Buffer[] = []
    for await (const chunk of this.copy(`SELECT pg_catalog.row_to_json(q) FROM (${sql}) q`)) chunks.push(chunk)
    const lines = Buffer.concat(chunks).toString('utf8').split('\n')
    return lines.filter(Boolean).map((line) => JSON.parse(line) as T)
  }

  async *copy(sql: string): AsyncGenerator<Buffer> {
    this.#asked += 1
    this.#psql.stdin.write(`${sql};\n`)
    this.#mark()
    yield* this.#untilMark()
  }

  /**
   * Other sessions cannot change the tables before the commit, and this session has the rights of the code's authors.
   */
  planned<T>(_: TableName, work: () => Promise<T>): Promise<T> {
    return work()
  }

  /** Reads the rest of the output. Never throws. */
  async finish(): Promise<void> {
    await this.#scriptEnds.catch(() => {})
    try {
      while (!(await this.#chunks.next()).done);
    } catch {
      // psql was stopped
    }
  }

  async #skipScript(tell: (line: string) => void): Promise<void> {
    let text = ''
    try {
      for await (const chunk of this.#untilMark()) {
        if (text.includes('\n')) continue
        text += chunk.toString('latin1')
        if (text.includes('\n')) tell(text.slice(0, text.indexOf('\n')))
      }
    } finally {
      tell(text.split('\n')[0] ?? '')
    }
  }

  #mark(): void {
    this.#psql.stdin.write(`SELECT '${this.#nonce}${this.#asked}';\n`)
  }

  /** Yields up to the mark. The database cannot contain the mark, because it was generated for this session. */
  async *#untilMark(): AsyncGenerator<Buffer> {
    const mark = Buffer.from(`${this.#nonce}${this.#asked}\n`)
    for (let held = this.#rest; ; ) {
      const at = held.indexOf(mark)
      if (at !== -1) {
        this.#rest = held.subarray(at + mark.length)
        if (at > 0) yield held.subarray(0, at)
        return
      }
      const sure = Math.max(0, held.length - mark.length + 1)
      if (sure > 0) yield held.subarray(0, sure)
      const { value, done } = await this.#chunks.next()
      if (done) return this.#ended()
      held = Buffer.concat([held.subarray(sure), value])
    }
  }

  async #ended(): Promise<never> {
    await this.#psql.exited
    throw new Error('psql ended before the script did')
  }
}
