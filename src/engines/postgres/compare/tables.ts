// Measures the rows of restored tables in the same way as the dump's.
import { createHash } from 'node:crypto'
import pg from 'pg'
import type { TableFingerprint } from '../../../domain/fingerprint/fingerprint.ts'
import { RowSum } from '../archive/row-sum.ts'
import { countNewlines } from '../dump/count-rows.ts'
import { qualified } from '../dump/snapshot.ts'
import { copyTogether } from './copy-together.ts'
import type { Reader } from './reader.ts'
import type { Relation } from './relations.ts'

/** A table to measure: its expected fingerprint, and its relation in the restored database. */
export interface TableTask {
  readonly expected: TableFingerprint
  readonly relation: Relation
  /** Encoding of the dump, by PostgreSQL's name. */
  readonly encoding: string
}

/**
 * Returns rows and SHA-256 of `COPY … TO STDOUT`. COPY of a table excludes the rows of its children, so it needs no
 * ONLY. A configuration table of an extension is read through the extension's filter, as in pg_dump.
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
 * Counts newlines, because the stream's `rowCount` is set by a message after its end, sometimes too late to be read.
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

/** Counts the rows only, for backups that have no more than counts. */
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
