// The fast way to restore: rows are copied directly into their tables and read back once.
import { qualified } from '../../dump/snapshot.ts'
import type { CopiedIn } from './copy-in.ts'
import { copyIn } from './copy-in.ts'
import { withDefaultPath } from './default-path.ts'
import { droppedRows, requireSameRows } from './read-back.ts'
import { changeOf, groupsOf, type Matched, type RestoreContext, type Written } from './restore-context.ts'
import { stage } from './stage.ts'
import { columnList, insertStatement, together } from './statements.ts'

/** Restores a tenant that has no rows in the database. */
export async function restoreDirectly(context: RestoreContext): Promise<Written> {
  const { request, matches } = context
  const copied = new Map<Matched, CopiedIn>()
  await request.phase('Inserting rows', async () => {
    for (const group of groupsOf(matches))
      await fill(
        context,
        group.filter(({ zipped }) => zipped.rows > 0),
        copied,
      )
  })
  return {
    changes: matches.map((match) => changeOf(match, { inserted: copied.get(match)?.rows ?? 0 })),
    notes: [],
    check: async () => {
      for (const [match, result] of copied) await requireSameRows(context, match, result)
    },
  }
}

async function fill(context: RestoreContext, group: readonly Matched[], copied: Map<Matched, CopiedIn>): Promise<void> {
  const { client, contents, ledger, request } = context
  const { excel } = request.zip.tables
  const [only, ...more] = group
  if (only && more.length === 0) {
    const result = await withDefaultPath(client, () =>
      copyIn(context, { contents, excel }, only, qualified(only.table)),
    )
    written(only, result, result.rows)
    return
  }
  const staged: { match: Matched; name: string; result: CopiedIn }[] = []
  for (const match of group) staged.push({ match, ...(await stage(context, { contents, excel }, match)) })
  const counts = await together(
    client,
    staged.map(({ match, name }) => insertStatement(match, `${columnList(match.columns, 's')} FROM ${name} AS s`)),
  )
  for (const [at, { match, result }] of staged.entries()) written(match, result, counts[at] ?? 0)

  function written(match: Matched, result: CopiedIn, rows: number): void {
    ledger.add(match.table, { inserted: rows })
    if (rows !== match.zipped.rows) throw droppedRows(match, rows)
    copied.set(match, result)
  }
}
