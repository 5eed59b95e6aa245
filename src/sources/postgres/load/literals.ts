// Definitions that make PostgreSQL read a literal at once: a domain's checks run then, and a range's function, as whoever restores.
import { Failure } from '../../../domain/failure.ts'
import type { Address } from '../address.ts'
import type { TocEntry } from '../archive/toc.ts'
import { withClient } from '../connect.ts'
import { superusersAmong } from '../owners/superusers.ts'
import { authorsOfCode } from './phases.ts'

/**
 * `definitions` are what a superuser will run of `entries`. Throws a failure of kind refused if one of them reads a literal of
 * a type with code of somebody who is no superuser, or has such code in a partition key.
 */
export async function refuseLiterals(
  address: Address,
  entries: readonly TocEntry[],
  definitions: readonly TocEntry[],
): Promise<void> {
  const found = definitions.find(callsInKey) ?? (entries.some(isTypeWithCode) ? definitions.find(readsLiteral) : undefined)
  if (!found) return
  const authors = [...authorsOfCode(entries)]
  const superusers = await withClient(address, (client) => superusersAmong(client, authors))
  const others = authors.filter((author) => !superusers.includes(author))
  if (others.length === 0) return
  const what = `${found.description.toLowerCase()} ${found.schema ?? ''}.${found.tag}`
  throw new Failure('restore/owner-rights', `${what} could run code of ${others.join(', ')} with the rights of a superuser`, {
    hint: 'Restore as the owner of the database, or use --code-as-superuser if you trust the authors of the database.',
  })
}

/** A partition key is planned as soon as its table is made. pg_dump writes names of pg_catalog, and no others, without a schema. */
function callsInKey({ description, definition }: TocEntry): boolean {
  const [, key = ''] = (description === 'TABLE' && /\bPARTITION BY\b(.*)/s.exec(definition)) || []
  return /\./.test(
    key
      .replaceAll(/'(?:[^']|'')*'/g, '')
      .replaceAll(/"(?:[^"]|"")*"/g, 'name')
      .replaceAll('pg_catalog.', ''),
  )
}

/** Attached by the owner of both tables it is not among the definitions. */
function readsLiteral({ description, definition }: TocEntry): boolean {
  if (description === 'TABLE ATTACH') return true
  return description === 'AGGREGATE' && /\bM?INITCOND = /.test(definition) && !hasBuiltInStates(definition)
}

/** pg_dump writes the types of pg_catalog, and no others, without quotes and schema. */
function hasBuiltInStates(definition: string): boolean {
  const states = definition.match(/STYPE = /g) ?? []
  const builtIn = definition.match(/STYPE = (?:[a-z][a-z0-9_ ]*|"char")(?:\[\])*[,\n]/g) ?? []
  return builtIn.length === states.length
}

function isTypeWithCode({ description, definition }: TocEntry): boolean {
  return (
    (description === 'DOMAIN' && /\bCHECK \(/.test(definition)) || (description === 'TYPE' && /\bAS RANGE\b/.test(definition))
  )
}
