// Finds code in a backup that would run with rights that its author lacks, because another role restores or owns the
// object that runs it.
import type pg from 'pg'
import type { Failure } from '../../../domain/failures/failure.ts'
import type { PostgresManifest } from '../../../domain/manifest/manifest.ts'
import type { TocEntry } from '../archive/toc-entry.ts'
import { authorsWithout, lacksRights } from '../owners/code-authors.ts'
import { superusersAmong } from '../owners/superusers.ts'
import { isCode, isRoutine, ReachedCode, readsChangeable } from './evaluated-entries.ts'

export interface CodeOfOtherOwners {
  readonly authors: readonly string[]
  /** Roles whose rights the code would have. */
  readonly rights: readonly string[]
}

export const codeRightsHint =
  'Give the code and the objects that use it the same owner, or use --code-as-superuser if you trust the authors of the database.'

export function refusalOf({ authors, rights }: CodeOfOtherOwners): Failure {
  return lacksRights('restore/code-rights', authors, `the rights of ${rights.join(', ')}`, codeRightsHint)
}

/**
 * For a restore in which each owner restores its own objects. Objects of superusers may still call functions of other
 * roles, by the archive's dependencies, and a superuser attaches a partition whose parent has another owner.
 */
export async function codeOfNonSuperusers(
  client: pg.ClientBase,
  entries: readonly TocEntry[],
): Promise<CodeOfOtherOwners | undefined> {
  const owners = new Set(entries.flatMap(({ owner }) => (owner ? [owner] : [])))
  const superusers = new Set(await superusersAmong(client, [...owners]))
  const ofSuperuser = ({ owner }: TocEntry): boolean => owner !== undefined && superusers.has(owner)
  const reached = new ReachedCode(entries)
  const authors = new Set<string>()
  const rights = new Set<string>()
  const isQuiet = entries.every((entry) => !isRoutine(entry) || ofSuperuser(entry))
  for (const entry of entries) {
    if (!ofSuperuser(entry) && reached.isRestoredByOwner(entry)) continue
    const code = runsCode(entry) ? reached.of(entry) : reached.evaluatedBy(entry)
    const types = isQuiet || !readsChangeable(entry) ? [] : reached.changeableTypes(entry)
    for (const { owner } of [...code, ...types].filter((each) => !ofSuperuser(each))) {
      if (owner) authors.add(owner)
      rights.add((ofSuperuser(entry) && entry.owner) || 'a superuser')
    }
  }
  return authors.size > 0 ? { authors: [...authors].sort(), rights: [...rights].sort() } : undefined
}

/**
 * For a restore by one role. `entries` undefined: every role that the backup names may be an author if the role is a
 * superuser.
 */
export async function codeOfOtherOwners(
  client: pg.ClientBase,
  role: string,
  entries: readonly TocEntry[] | undefined,
  { database }: PostgresManifest,
): Promise<CodeOfOtherOwners | undefined> {
  const isSuperuser = (await superusersAmong(client, [role])).length > 0
  const named = entries
    ? entries.flatMap((entry) => (entry.owner && (isCode(entry) || holdsCode(entry)) ? [entry.owner] : []))
    : isSuperuser
      ? database.roles
      : []
  const candidates = [...new Set(named)].sort()
  const superusers = await superusersAmong(client, candidates)
  const others = candidates.filter((name) => !superusers.includes(name))
  const authors = await authorsWithout(client, others, [role])
  return authors.length > 0 ? { authors, rights: [role] } : undefined
}

/** Whether it has expressions that PostgreSQL evaluates during a restore, possibly with built-in functions only. */
function holdsCode({ description, definition }: TocEntry): boolean {
  if (description === 'TABLE') return /\b(CHECK|GENERATED ALWAYS AS) \(/.test(definition)
  if (description === 'INDEX') return /\(.*\(/s.test(definition)
  return description === 'CHECK CONSTRAINT' || description === 'MATERIALIZED VIEW'
}

const running: ReadonlySet<string> = new Set([
  ...['TABLE', 'TABLE DATA', 'TABLE ATTACH', 'CHECK CONSTRAINT', 'FK CONSTRAINT', 'CONSTRAINT'],
  ...['INDEX', 'STATISTICS', 'MATERIALIZED VIEW', 'MATERIALIZED VIEW DATA'],
])

function runsCode({ description }: TocEntry): boolean {
  return running.has(description)
}
