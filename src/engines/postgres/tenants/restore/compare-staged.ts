// Compares staged rows with the database: counts new, equal and different rows, and rows that belong to others.
import { Failure } from '../../../../domain/failures/failure.ts'
import { nameOf } from '../../../../domain/tenants/map.ts'
import type { TenantTableChange } from '../../../../ports/tenant.ts'
import { fromOf } from '../ownership-sql.ts'
import { id, text } from '../quoting.ts'
import type { Matched, RestoreContext } from './restore-context.ts'
import { contentOf, countOf, ours, sameContent, sameKey } from './statements.ts'

export interface Comparison {
  /** Staged rows that the table does not have. */
  readonly fresh: number
  /** Staged rows that the table has with the same content. */
  readonly same: number
  /** Staged rows whose key the table has with other content; 0 without a key. */
  readonly different: number
  /** Of `same` and `different`, those whose row in the table does not belong to the tenant. */
  readonly foreignSame: number
  readonly foreignDifferent: number
  /** Rows of the tenant that are not staged. */
  readonly others: number
}

/** A table of the backup with the matching table of the database. */
export interface Compared {
  readonly match: Matched
  /** Quoted name of the temporary table; undefined if the backup has no rows. */
  readonly staged: string | undefined
  readonly comparison: Comparison
  readonly change: TenantTableChange
}

const nothing: Comparison = { fresh: 0, same: 0, different: 0, foreignSame: 0, foreignDifferent: 0, others: 0 }

/**
 * `staged`: quoted name of the temporary table; undefined if the backup has no rows. `counts.others`: also count the
 * tenant's rows that are not staged.
 */
export async function compareStaged(
  context: RestoreContext,
  match: Matched,
  staged: string | undefined,
  counts: { readonly others: boolean },
): Promise<Comparison> {
  const { client } = context
  const { table, key } = match
  const belongs = ours(context, table)
  if (staged === undefined) {
    const others = counts.others
      ? await countOf(client, `SELECT pg_catalog.count(*) AS n FROM ${fromOf(table)} AS t WHERE ${belongs}`)
      : 0
    return { ...nothing, others }
  }
  if (key.length === 0) return compareBags(context, match, staged)
  // OFFSET 0 keeps PostgreSQL from repeating the comparison of a row for every count.
  const { rows } = await client.query<Omit<Comparison, 'others'>>(`
    SELECT pg_catalog.count(*) FILTER (WHERE fresh)::float8 AS fresh,
           pg_catalog.count(*) FILTER (WHERE NOT fresh AND same)::float8 AS same,
           pg_catalog.count(*) FILTER (WHERE NOT fresh AND NOT same)::float8 AS different,
           pg_catalog.count(*) FILTER (WHERE NOT fresh AND same AND NOT ours)::float8 AS "foreignSame",
           pg_catalog.count(*) FILTER (WHERE NOT fresh AND NOT same AND NOT ours)::float8 AS "foreignDifferent"
      FROM (SELECT t.${id(key[0] as string)} IS NULL AS fresh, ${sameContent(match)} AS same,
                   (${belongs}) IS TRUE AS ours
              FROM ${staged} AS s LEFT JOIN ${fromOf(table)} AS t ON ${sameKey(key)} OFFSET 0) AS compared`)
  const others = counts.others
    ? await countOf(
        client,
        `SELECT pg_catalog.count(*) AS n FROM ${fromOf(table)} AS t WHERE ${belongs} AND NOT EXISTS (SELECT FROM ${staged} AS s WHERE ${sameKey(key)})`,
      )
    : 0
  return { ...nothing, ...rows[0], others }
}

/** Without a key, rows are compared by their whole content, and equal rows are counted. */
async function compareBags(context: RestoreContext, { table, columns }: Matched, staged: string): Promise<Comparison> {
  const { rows } = await context.client.query<Pick<Comparison, 'fresh' | 'same' | 'others'>>(`
    WITH a AS (SELECT ${contentOf(columns, 's')} AS content, pg_catalog.count(*) AS n FROM ${staged} AS s GROUP BY 1),
         b AS (SELECT ${contentOf(columns, 't')} AS content, pg_catalog.count(*) AS n FROM ${fromOf(table)} AS t WHERE ${ours(context, table)} GROUP BY 1)
    SELECT coalesce(sum(greatest(coalesce(a.n, 0) - coalesce(b.n, 0), 0)), 0)::float8 AS fresh,
           coalesce(sum(least(coalesce(a.n, 0), coalesce(b.n, 0))), 0)::float8 AS same,
           coalesce(sum(greatest(coalesce(b.n, 0) - coalesce(a.n, 0), 0)), 0)::float8 AS others
      FROM a FULL JOIN b ON a.content = b.content`)
  return { ...nothing, ...rows[0] }
}

/** Up to three keys of staged rows that the table has with other content, or as rows of others: `id=4; id=7`. */
async function conflictingKeys(
  context: RestoreContext,
  match: Matched,
  staged: string,
  { foreign }: { readonly foreign: boolean },
): Promise<string> {
  const { table, key } = match
  const keyText = key.map((name) => `${text(`${name}=`)} || left(s.${id(name)}::text, 60)`).join(` || ', ' || `)
  const which = foreign ? `(${ours(context, table)}) IS NOT TRUE` : `NOT ${sameContent(match)}`
  const { rows } = await context.client.query<{ k: string }>(
    `SELECT ${keyText} AS k FROM ${staged} AS s JOIN ${fromOf(table)} AS t ON ${sameKey(key)} WHERE ${which} LIMIT 3`,
  )
  return rows.map(({ k }) => k.replaceAll(/\s+/g, ' ')).join('; ')
}

/** Returns a message with the table, the number of rows and some keys. */
export async function explainConflict(
  context: RestoreContext,
  match: Matched,
  staged: string,
  comparison: Comparison,
): Promise<string> {
  const name = nameOf(match.table)
  if (match.key.length === 0) {
    return `${name}: the table has no primary key, and the tenant has rows in it: ${comparison.others} rows are not in the backup, ${comparison.fresh} rows of the backup are not in the table`
  }
  const { different, foreignSame, foreignDifferent } = comparison
  const foreign = foreignSame + foreignDifferent
  const keys = await conflictingKeys(context, match, staged, { foreign: different === 0 })
  if (different === 0)
    return `${name}: ${foreign} rows with the same key belong to another tenant or to no tenant (${keys})`
  const whose = foreign > 0 ? `, ${foreign} of them of another tenant or of no tenant` : ''
  return `${name}: ${different} rows with the same key exist with other content${whose} (${keys})`
}

export function refuseConflicts(sentences: readonly string[], hint: string): Failure | undefined {
  if (sentences.length === 0) return undefined
  const more = sentences.length > 5 ? `; and ${sentences.length - 5} more tables` : ''
  return new Failure('tenant/rows-taken', `${sentences.slice(0, 5).join('; ')}${more}`, { hint })
}
