// Runs a single-session restore with the rights of the database's owner, not of a superuser.
import type { PostgresManifest } from '../../../domain/manifest/manifest.ts'
import type { TocEntry } from '../archive/toc-entry.ts'
import type { Address } from '../connection/address.ts'
import { withClient } from '../connection/connect.ts'
import { codeOfOtherOwners, refusalOf } from '../load/code-of-other-owners.ts'
import { asLackingRight } from './lacking-right.ts'
import { openOwnerLogins } from './owner-logins.ts'

export interface OwnersSession {
  readonly address: Address
  /** For SET ROLE. Undefined if the owner is a superuser: its code may run with the rights of this session. */
  readonly role: string | undefined
}

/** The restored code. `entries` is undefined if the contents of the backup are unknown. */
interface RestoredCode {
  readonly entries: readonly TocEntry[] | undefined
  readonly manifest: PostgresManifest
}

/**
 * Calls `work` with a temporary login that has only the rights of the database's owner, or with `address` if the owner
 * is a superuser. `address` connects to the database as a superuser. Throws a Failure of kind refused if the owner
 * lacks a privilege for the work, or if code of other roles would run with rights that its author lacks.
 */
export async function asDatabaseOwner<T>(
  address: Address,
  code: RestoredCode,
  work: (session: OwnersSession) => Promise<T>,
): Promise<T> {
  const owner = await ownerOf(address, code)
  const logins = await openOwnerLogins(address, [owner])
  const login = logins.addresses.get(owner)
  try {
    return await work(login ? { address: login, role: owner } : { address, role: undefined })
  } catch (error) {
    throw login ? asLackingRight(error, `${owner}, the owner of the database,`, hint) : error
  } finally {
    await logins.close()
  }
}

async function ownerOf(address: Address, { entries, manifest }: RestoredCode): Promise<string> {
  return withClient(address, async (client) => {
    const { rows } = await client.query<{ owner: string }>(
      'SELECT pg_get_userbyid(datdba)::text AS owner FROM pg_database WHERE datname = current_database()',
    )
    const owner = rows[0]?.owner ?? ''
    const borrowed = await codeOfOtherOwners(client, owner, entries, manifest)
    if (borrowed) throw refusalOf(borrowed)
    return owner
  })
}

const hint =
  'Restore a backup in custom or directory format with --strategy swap, or use --code-as-superuser if you trust the authors of the database.'
