// Warns before rows are deleted about foreign keys that cause a scan of a large table per row.

import { nameOf } from '../../../../domain/tenants/map.ts'
import { plural } from '../../../../domain/text/plural.ts'
import { formatBytes } from '../../../../domain/text/quantities.ts'
import { missingIndexes } from '../missing-indexes.ts'
import type { Matched, RestoreContext } from './restore-context.ts'

/** Bytes that foreign key checks may read without a warning: about one second. */
const much = 1 << 30

/** `deleted`: number of rows to delete. */
export async function warnOfIndexes(
  { client, request }: RestoreContext,
  tables: readonly { readonly match: Matched; readonly deleted: number }[],
): Promise<void> {
  const deleted = new Map(
    tables.filter((each) => each.deleted > 0).map((each) => [nameOf(each.match.table), each.deleted]),
  )
  if (deleted.size === 0) return
  for (const { target, referring, bytes, columns, statement } of await missingIndexes(
    client,
    tables.map(({ match }) => match.table),
  )) {
    const rows = deleted.get(nameOf(target)) ?? 0
    if (rows * bytes < much) continue
    request.warn(
      `${plural(rows, 'row')} of ${nameOf(target)} will be deleted. For each, PostgreSQL scans ${nameOf(referring)} (${formatBytes(bytes)}), because no index begins with ${columns.join(', ')}. Create an index first: ${statement}`,
    )
  }
}
