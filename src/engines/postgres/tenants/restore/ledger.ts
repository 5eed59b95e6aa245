// Proves that no other rows were written: compares what the transaction wrote, table by table, with the tenant's rows.
import type pg from 'pg'
import { Failure } from '../../../../domain/failures/failure.ts'
import type { TableName } from '../../../../domain/fingerprint/table-name.ts'
import { nameOf } from '../../../../domain/tenants/map.ts'

interface Counts {
  inserted: number
  updated: number
  deleted: number
}

interface Seen extends TableName, Counts {
  readonly partitioned: boolean
}

/**
 * Numbers of rows that this transaction has written so far, including cascades and triggers. Partitions are counted
 * under their root; temporary tables are omitted.
 */
const writtenSql = `
  SELECT n.nspname AS schema, r.relname AS "table", r.relkind = 'p' AS partitioned,
         sum(s.n_tup_ins)::float8 AS inserted, sum(s.n_tup_upd)::float8 AS updated, sum(s.n_tup_del)::float8 AS deleted
    FROM pg_stat_xact_user_tables s JOIN pg_class c ON c.oid = s.relid
    JOIN pg_class r ON r.oid = CASE WHEN c.relispartition THEN pg_partition_root(c.oid)::oid ELSE c.oid END
    JOIN pg_namespace n ON n.oid = r.relnamespace
   WHERE c.relpersistence <> 't'
   GROUP BY 1, 2, 3 HAVING sum(s.n_tup_ins + s.n_tup_upd + s.n_tup_del) > 0 ORDER BY 1, 2`

export class Ledger {
  readonly #client: pg.ClientBase
  #before: ReadonlyMap<string, Seen>
  readonly #files: ReadonlyMap<string, string>
  #entries = new Map<string, Counts>()

  private constructor(client: pg.ClientBase, before: ReadonlyMap<string, Seen>, files: ReadonlyMap<string, string>) {
    this.#client = client
    this.#before = before
    this.#files = files
  }

  /**
   * Starts counting. Call it before the transaction writes. Throws a failure of kind refused if track_counts is off.
   */
  static async open(client: pg.ClientBase): Promise<Ledger> {
    const { rows } = await client.query<{ on: boolean }>(`SELECT current_setting('track_counts')::bool AS "on"`)
    if (rows[0]?.on) return new Ledger(client, await seen(client), await filesOf(client))
    throw new Failure('tenant/track-counts-off', 'the server does not count written rows (track_counts is off)', {
      hint: 'Set track_counts = on. Without it, nothing proves that rows of other tenants were not modified.',
    })
  }

  /**
   * Returns a function that discards the counts from here on. Call it after a rollback to this point, because the
   * server also counts rows that were rolled back.
   */
  async mark(): Promise<() => Promise<void>> {
    const entries = new Map(this.#entries)
    const then = await seen(this.#client)
    return async () => {
      this.#entries = entries
      const now = await seen(this.#client)
      const before = new Map(this.#before)
      for (const [name, each] of now) {
        const undone = minus(each, then.get(name))
        before.set(name, { ...each, ...plus(undone, this.#before.get(name)) })
      }
      this.#before = before
    }
  }

  /** Adds the numbers of rows that a statement of the restore has written. */
  add(table: TableName, { inserted = 0, updated = 0, deleted = 0 }: Partial<Counts>): void {
    const entry = this.#entries.get(nameOf(table)) ?? { inserted: 0, updated: 0, deleted: 0 }
    this.#entries.set(nameOf(table), {
      inserted: entry.inserted + inserted,
      updated: entry.updated + updated,
      deleted: entry.deleted + deleted,
    })
  }

  /**
   * Throws a failure of kind refused that names the tables in which other rows than those added were written, and
   * tables that were truncated, rewritten or dropped.
   */
  async requireNothingElse(): Promise<void> {
    const files = await filesOf(this.#client)
    const rewritten = [...this.#files]
      .filter(([name, file]) => files.get(name) !== file)
      .map(([name]) => `${name}: emptied, rewritten or dropped`)
    const after = await seen(this.#client)
    const counted = [...new Set([...after.keys(), ...this.#entries.keys()])].flatMap((name) => {
      const expected = this.#entries.get(name) ?? { inserted: 0, updated: 0, deleted: 0 }
      const written = minus(after.get(name), this.#before.get(name))
      return agrees(expected, written, after.get(name)?.partitioned ?? false)
        ? []
        : [`${name}: ${difference(expected, written)}`]
    })
    const wrong = [...rewritten, ...counted]
    if (wrong.length === 0) return
    throw new Failure(
      'tenant/unexpected-writes',
      `more rows were written than belong to this tenant, so the restore was rolled back: ${some(wrong)}`,
      {
        hint: 'A trigger wrote them (use --triggers off), a foreign key cascaded to other rows, or the tenant was in use (run again when it is not).',
      },
    )
  }
}

/**
 * TRUNCATE, and ALTER TABLE that rewrites, count no rows but change relfilenode. Tables that other sessions create
 * meanwhile are ignored.
 */
async function filesOf(client: pg.ClientBase): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<TableName & { readonly file: string }>(`
    SELECT n.nspname AS schema, c.relname AS "table", c.oid || ':' || c.relfilenode AS file
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`)
  return new Map(rows.map((row) => [nameOf(row), row.file]))
}

async function seen(client: pg.ClientBase): Promise<ReadonlyMap<string, Seen>> {
  const { rows } = await client.query<Seen>(writtenSql)
  return new Map(rows.map((row) => [nameOf(row), row]))
}

function minus(after: Counts | undefined, before: Counts | undefined): Counts {
  return {
    inserted: (after?.inserted ?? 0) - (before?.inserted ?? 0),
    updated: (after?.updated ?? 0) - (before?.updated ?? 0),
    deleted: (after?.deleted ?? 0) - (before?.deleted ?? 0),
  }
}

function plus(a: Counts, b: Counts | undefined): Counts {
  return {
    inserted: a.inserted + (b?.inserted ?? 0),
    updated: a.updated + (b?.updated ?? 0),
    deleted: a.deleted + (b?.deleted ?? 0),
  }
}

/** A row that an update moves to another partition counts as deleted and inserted. */
function agrees(expected: Counts, written: Counts, partitioned: boolean): boolean {
  const moved = expected.updated - written.updated
  if (moved < 0 || (moved > 0 && !partitioned)) return false
  return written.inserted === expected.inserted + moved && written.deleted === expected.deleted + moved
}

function difference(expected: Counts, written: Counts): string {
  return (['inserted', 'updated', 'deleted'] as const)
    .filter((kind) => expected[kind] !== written[kind])
    .map((kind) => `${written[kind]} rows ${kind} instead of ${expected[kind]}`)
    .join(', ')
}

function some(all: readonly string[]): string {
  return all.length > 5 ? `${all.slice(0, 5).join('; ')}; and ${all.length - 5} more tables` : all.join('; ')
}
