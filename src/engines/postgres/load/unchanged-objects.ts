// Checks objects that a superuser is about to use for changes by owners' code during a restore.

import { parseForeignKey } from '../archive/foreign-key.ts'
import { readQualifiedName } from '../archive/identifier.ts'
import type { TocEntry } from '../archive/toc-entry.ts'
import type { Address } from '../connection/address.ts'
import { withClient } from '../connection/connect.ts'
import { authorsWithout, lacksRights } from '../owners/code-authors.ts'
import { authorsInIndexes, plannedCodeOf, planningRefused, tablesReadBy } from '../owners/planned-code.ts'
import { codeRightsHint, refusalOf } from './code-of-other-owners.ts'

/**
 * Throws `restore/code-rights` if attaching an index would run code of other roles. PostgreSQL evaluates the
 * expressions of both indexes, and code of an owner may have replaced one of them.
 */
export async function requireSafeIndexes(superuser: Address, attached: readonly TocEntry[]): Promise<void> {
  if (attached.length === 0) return
  const indexes = attached.flatMap(({ definition }) =>
    [...definition.matchAll(/ALTER INDEX | ATTACH PARTITION /g)].flatMap(({ 0: word, index }) => {
      const { schema, name } = readQualifiedName(definition, index + word.length) ?? {}
      return schema !== undefined && name !== undefined ? { schema, table: name } : []
    }),
  )
  const authors = await withClient(superuser, (client) => authorsInIndexes(client, indexes))
  if (authors.length > 0) throw refusalOf({ authors, rights: ['a superuser'] })
}

/**
 * Throws `restore/code-rights` if creating a key would run code with rights that its author lacks. PostgreSQL plans a
 * query on both tables of a key, and code of their owners may have added an index. `owner` undefined: a superuser.
 */
export async function requireSafeKeys(
  superuser: Address,
  owner: string | undefined,
  keys: readonly TocEntry[],
): Promise<void> {
  const tables = keys.flatMap(({ definition }) => {
    const key = parseForeignKey(definition)
    return key ? [key.references, key.table].map(({ schema, name }) => ({ schema, table: name })) : []
  })
  if (tables.length === 0) return
  await withClient(superuser, async (client) => {
    const code = await plannedCodeOf(client, await tablesReadBy(client, tables))
    const authors = code.map(({ author }) => author)
    const fewer = owner === undefined ? authors : await authorsWithout(client, authors, [owner])
    const found = code.find(({ author }) => fewer.includes(author))
    if (found) throw planningRefused('restore/code-rights', found)
  })
}

/**
 * Throws `restore/code-rights` if a role created other objects than its entries, with a privilege granted only for
 * these.
 */
export function requireNamed(made: readonly string[], owner: string, entries: readonly TocEntry[]): void {
  const expected = entries.map(({ tag }) => tag.replace(/\(.*$/s, ''))
  for (const name of made) {
    const at = expected.indexOf(name)
    if (at === -1)
      throw lacksRights('restore/code-rights', [owner], `CREATE on a schema, in which it made ${name}`, codeRightsHint)
    expected.splice(at, 1)
  }
}
