// The rows of the restored tables, measured as the dump's were.
import { createHash } from 'node:crypto'
import pg from 'pg'
import type { TableFingerprint } from '../../../domain/fingerprint/fingerprint.ts'
import { RowSum } from '../archive/row-sum.ts'
import { countNewlines } from '../dump/count-rows.ts'
import { qualified } from '../dump/snapshot.ts'
import { copyTogether } from './copy-together.ts'
import type { Reader } from './reader.ts'
import type { Relation } from './relations.ts'

/** A table to measure: what is expected of it, and what it is in the restored database. */
export interface TableTask {
  readonly expected: TableFingerprint
  readonly relation: Relation
  /** Of the dump, as PostgreSQL names it. */
  readonly encoding: string
}

/**
 * Rows and SHA-256 of `COPY … TO STDOUT`. COPY gives a table's own rows only, so parents in an inheritance tree need no
 * ONLY. An extension's configuration table is read through the extension's own filter, as pg_dump does.
 */
export function measureTable(reader: Reader, task: TableTask): Promise<TableFingerprint> {
  const copy = () => digestOf(reader, task)
  return task.relation.condition ? reader.planned(task.expected, copy) : copy()
}

/** As `measureTable`, for tables without conditions, in one query. Throws if one of them cannot be read. */
export async function measureTogether(client: pg.Client, tasks: readonly TableTask[]): Promise<TableFingerprint[]> {
  const digests = tasks.map(({ expected }) => new TableDigest(expected))
  await copyTogether(client, tasks.map(copyStatement), (at, chunk) => digests[at]?.update(chunk))
  return digests.map((digest) => digest.fingerprint())
}

async function digestOf(reader: Reader, task: TableTask): Promise<TableFingerprint> {
  const digest = new TableDigest(task.expected)
  for await (const chunk of reader.copy(copyStatement(task))) digest.update(chunk)
  return digest.fingerprint()
}

/**
 * The stream's own `rowCount` comes with a message after its end: now and then that is too late, and it says none. So
 * newlines are counted.
 */
class TableDigest {
  readonly #expected: TableFingerprint
  readonly #hash = createHash('sha256')
  readonly #sum: RowSum | undefined
  #bytes = 0
  #rows = 0

  constructor(expected: TableFingerprint) {
    this.#expected = expected
    this.#sum = expected.rowSum === undefined ? undefined : new RowSum()
  }

  update(chunk: Buffer): void {
    this.#hash.update(chunk)
    this.#sum?.update(chunk)
    this.#bytes += chunk.length
    this.#rows += countNewlines(chunk)
  }

  fingerprint(): TableFingerprint {
    const { sha256: _, bytes: __, rowSum: ___, ...name } = this.#expected
    const sum = this.#sum && { rowSum: this.#sum.digest() }
    return { ...name, rows: this.#rows, sha256: this.#hash.digest('hex'), bytes: this.#bytes, ...sum }
  }
}

function copyStatement({ expected, relation, encoding }: TableTask): string {
  const table = qualified(expected)
  const to = `TO STDOUT (ENCODING ${pg.escapeLiteral(encoding)})`
  const columns = expected.columns?.map((column) => pg.escapeIdentifier(column)).join(', ')
  if (relation.condition) return `COPY (SELECT ${columns ?? ''} FROM ONLY ${table} ${relation.condition}) ${to}`
  return `COPY ${table}${columns === undefined ? '' : ` (${columns})`} ${to}`
}

/** Rows alone, where no more is known of the source. */
export async function countTable(
  reader: Reader,
  { expected, relation, encoding }: TableTask,
): Promise<TableFingerprint> {
  const { condition } = relation
  const rows = condition
    ? await reader.planned(expected, () => countWhere(reader, expected, condition))
    : (await digestOf(reader, { expected, relation, encoding })).rows
  return { ...expected, rows }
}

async function countWhere(reader: Reader, table: TableFingerprint, condition: string): Promise<number> {
  const rows = await reader.rows<{ count: string }>(`SELECT count(*) FROM ONLY ${qualified(table)} ${condition}`)
  return Number(rows[0]?.count)
}
