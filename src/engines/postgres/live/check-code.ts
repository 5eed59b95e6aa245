// Checks with which roles' rights code of the backup runs during a restore.
import type { Step } from '../../../ports/restore.ts'
import type { TocEntry } from '../archive/toc-entry.ts'
import {
  type CodeOfOtherOwners,
  codeOfNonSuperusers,
  codeOfOtherOwners,
  codeRightsHint,
} from '../load/code-of-other-owners.ts'
import { ownersOfCode } from '../load/phases.ts'
import { superusersAmong } from '../owners/superusers.ts'
import { readContents } from './archive-facts.ts'
import { isOfSuperusers } from './one-session.ts'
import type { PreflightContext } from './preflight-context.ts'

/** Parts of definitions in which PostgreSQL calls functions during a restore. */
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
  {
    kind: 'index expressions',
    of: ({ description, definition }) => description === 'INDEX' && /\(.*\(/s.test(definition),
  },
  { kind: 'materialized views', of: ({ description }) => description === 'MATERIALIZED VIEW' },
]

/** Returns no steps if the restoring role is not a superuser. */
export async function checkCode(preflight: PreflightContext): Promise<Step[]> {
  const { context, request } = preflight
  if (!context.role.superuser) return []
  const contents = await readContents(request.payloads)
  const kinds = kindsIn(contents)
  if (request.codeAsSuperuser)
    return [
      asSuperuser(
        context.role.name,
        kinds,
        `Restore without --code-as-superuser, or connect as the owner of the database`,
      ),
    ]
  if (await isOfSuperusers(preflight.client, contents)) return []
  if (request.strategy === 'in-place' || request.targetSchema !== undefined || !contents)
    return byDatabaseOwner(preflight, contents, kinds)
  const borrowed = await codeOfNonSuperusers(preflight.client, contents)
  if (borrowed) return [blocked(borrowed)]
  const owners = [...ownersOfCode(contents)]
  const superusers = await superusersAmong(preflight.client, owners)
  const others = owners.filter((name) => !superusers.includes(name))
  return others.length > 0 ? [asOwner(others.join(', '), kinds)] : []
}

async function byDatabaseOwner(
  { client, live, request }: PreflightContext,
  contents: readonly TocEntry[] | undefined,
  kinds: string,
): Promise<Step[]> {
  const owner = live?.owner ?? request.manifest.database.owner
  const borrowed = await codeOfOtherOwners(client, owner, contents, request.manifest)
  if (borrowed) return [blocked(borrowed)]
  const [superuser] = await superusersAmong(client, [owner])
  return superuser === undefined ? [asOwner(owner, kinds)] : []
}

function blocked({ authors, rights }: CodeOfOtherOwners): Step {
  return {
    title: `Code of ${authors.join(', ')} would run with the rights of ${rights.join(', ')}`,
    state: 'blocked',
    detail: codeRightsHint.replace(/\.$/, ''),
  }
}

function asOwner(owner: string, kinds: string): Step {
  return {
    title: `Code in the backup (${kinds}) runs with the rights of ${owner}, through a temporary login`,
    state: 'done',
  }
}

function asSuperuser(name: string, kinds: string, detail: string): Step {
  return { title: `Code in the backup (${kinds}) runs with the rights of superuser ${name}`, state: 'warning', detail }
}

function kindsIn(contents: readonly TocEntry[] | undefined): string {
  const found = places.filter(({ of }) => contents === undefined || contents.some(of)).map(({ kind }) => kind)
  return found.length === 0 ? 'types, casts' : found.join(', ')
}
