// The roles with whose rights code of the backup runs during a restore.
import type { Step } from '../../../operations/platform-ports.ts'
import type { TocEntry } from '../archive/toc.ts'
import { authorsOfCode, ownersOfCode } from '../load/phases.ts'
import { superusersAmong } from '../owners/superusers.ts'
import { readContents } from './archive-facts.ts'
import { isOfSuperusers } from './one-session.ts'
import type { Look } from './preflight.ts'

/** Places in definitions from where PostgreSQL calls functions while it restores. */
const places: readonly { readonly kind: string; readonly of: (entry: TocEntry) => boolean }[] = [
  {
    kind: 'CHECK constraints',
    of: ({ description, definition }) =>
      description === 'CHECK CONSTRAINT' || (description === 'TABLE' && /\bCHECK \(/.test(definition)),
  },
  {
    kind: 'generated columns',
    of: ({ description, definition }) => description === 'TABLE' && /\bGENERATED ALWAYS AS \(/.test(definition),
  },
  { kind: 'domains', of: ({ description, definition }) => description === 'DOMAIN' && /\bCHECK \(/.test(definition) },
  { kind: 'index expressions', of: ({ description, definition }) => description === 'INDEX' && /\(.*\(/s.test(definition) },
  { kind: 'materialized views', of: ({ description }) => description === 'MATERIALIZED VIEW' },
]

/** Nothing to say where the role that restores is no superuser. */
export async function checkCode(look: Look): Promise<Step[]> {
  const { context, request, live } = look
  if (!context.role.superuser) return []
  const contents = await readContents(request.payloads)
  const kinds = kindsIn(contents)
  if (request.codeAsSuperuser)
    return [asSuperuser(context.role.name, kinds, `Restore without --code-as-superuser, or connect as the owner of the database`)]
  if (await isOfSuperusers(look.client, contents)) return []
  if (request.strategy === 'in-place' || request.targetSchema !== undefined || !contents)
    return [await byDatabaseOwner(look, live?.owner ?? request.manifest.database.owner, kinds)]
  const authors = [...authorsOfCode(contents)]
  const owners = ownersOfCode(contents)
  const superusers = await superusersAmong(look.client, [...owners, ...authors])
  const rowsOf = superusers.filter((name) => owners.has(name))
  const others = [...owners].filter((name) => !superusers.includes(name))
  return [
    ...(others.length > 0 ? [asOwner(others.join(', '), kinds)] : []),
    ...(rowsOf.length > 0 && authors.some((name) => !superusers.includes(name))
      ? [asSuperuser(rowsOf.join(', '), kinds, 'Functions of ordinary roles may run on rows of tables that a superuser owns')]
      : []),
  ]
}

async function byDatabaseOwner(look: Look, owner: string, kinds: string): Promise<Step> {
  const [superuser] = await superusersAmong(look.client, [owner])
  if (superuser === undefined) return asOwner(owner, kinds)
  return asSuperuser(owner, kinds, `${owner} owns the database. Give it to an ordinary role, or use --strategy swap`)
}

function asOwner(owner: string, kinds: string): Step {
  return { title: `Code in the backup (${kinds}) runs with the rights of ${owner}, through a temporary login`, state: 'done' }
}

function asSuperuser(name: string, kinds: string, detail: string): Step {
  return { title: `Code in the backup (${kinds}) runs with the rights of superuser ${name}`, state: 'warning', detail }
}

function kindsIn(contents: readonly TocEntry[] | undefined): string {
  const found = places.filter(({ of }) => contents === undefined || contents.some(of)).map(({ kind }) => kind)
  return found.length === 0 ? 'types, casts' : found.join(', ')
}
