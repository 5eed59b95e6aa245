// Example rows for a dry run: up to three per kind of change, one line each.

import type { TenantTableChange } from '../../../../ports/tenant.ts'
import { fromOf } from '../ownership-sql.ts'
import { id, text } from '../quoting.ts'
import type { Matched, RestoreContext } from './restore-context.ts'
import { contentOf, ours, sameContent, sameKey } from './statements.ts'

type Samples = NonNullable<TenantTableChange['samples']>

const most = 3
const longest = 200

/** Call it before anything is written. `staged`: as for compareStaged. */
export async function samplesOf(context: RestoreContext, match: Matched, staged: string | undefined): Promise<Samples> {
  const { mode } = context.request
  const { table, key, columns } = match
  const there = `FROM ${fromOf(table)} AS t`
  const lines = async (select: string, rest: string): Promise<string[]> => {
    const { rows } = await context.client.query<{ line: string | null }>(
      `SELECT ${select} AS line ${rest} LIMIT ${most}`,
    )
    return rows.map(({ line }) => oneLine(line ?? ''))
  }
  const a = contentOf(columns, 's')
  const b = contentOf(columns, 't')
  const noSame = (from: string): string =>
    `NOT EXISTS (SELECT ${from} WHERE ${key.length > 0 ? sameKey(key) : `${a} = ${b}`})`
  const mine = ours(context, table)
  const inserted =
    staged === undefined ? [] : await lines(shown(match, 's'), `FROM ${staged} AS s WHERE ${noSame(there)}`)
  const updated =
    staged === undefined || key.length === 0 || mode === 'insert'
      ? []
      : await lines(
          changes(match),
          `FROM ${staged} AS s JOIN ${fromOf(table)} AS t ON ${sameKey(key)} WHERE NOT ${sameContent(match)}`,
        )
  const deleted =
    mode !== 'replace'
      ? []
      : await lines(
          shown(match, 't'),
          `${there} WHERE ${mine}${staged === undefined ? '' : ` AND ${noSame(`FROM ${staged} AS s`)}`}`,
        )
  return { inserted, updated, deleted }
}

/** SQL for the key or, without one, the first three columns. */
function shown({ key, columns }: Matched, alias: string): string {
  const names = key.length > 0 ? key : columns.slice(0, 3)
  return `concat_ws(', ', ${names.map((name) => `${text(`${name}: `)} || ${short(name, alias)}`).join(', ')})`
}

/** SQL for the key, and the old and new value of each column that changes. */
function changes(match: Matched): string {
  const { key, columns } = match
  const parts = columns
    .filter((name) => !key.includes(name))
    .slice(0, 50) // a function accepts at most 100 arguments
    .map(
      (name) =>
        `CASE WHEN s.${id(name)}::text IS DISTINCT FROM t.${id(name)}::text THEN ${text(`${name}: `)} || ${short(name, 't')} || ' → ' || ${short(name, 's')} END`,
    )
  return `concat_ws(', ', ${[shown(match, 's'), ...parts].join(', ')})`
}

function short(name: string, alias: string): string {
  return `coalesce(left(${alias}.${id(name)}::text, 40), 'NULL')`
}

function oneLine(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters must not reach a terminal
  const plain = line.replaceAll(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ').trim()
  return plain.length > longest ? `${plain.slice(0, longest)}…` : plain
}
