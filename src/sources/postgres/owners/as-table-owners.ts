// Work on tables of a live database with the rights of their owners, not of a superuser, because triggers and constraints run.
import type pg from 'pg'
import { Failure } from '../../../domain/failure.ts'
import type { Address } from '../address.ts'
import { withClient } from '../connect.ts'
import { openLogins } from './logins.ts'
import { isSuperuser, superusersAmong } from './superusers.ts'

const ownersSql = `
  SELECT DISTINCT pg_get_userbyid(c.relowner)::text AS owner FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   ORDER BY 1`

/**
 * Gives `work` an address with the rights of everybody who owns tables and is no superuser; the address itself if its user is no superuser,
 * or if only superusers own tables. Throws as `openLogins` does.
 */
export async function asTableOwners<T>(address: Address, work: (address: Address) => Promise<T>): Promise<T> {
  const owners = await withClient(address, ordinaryOwners)
  if (owners.length === 0) return work(address)
  const logins = await openLogins(address, [{ roles: owners, bypassesPolicies: true }])
  try {
    return await work(logins.addresses[0] as Address)
  } catch (error) {
    throw explained(error, owners)
  } finally {
    await logins.close()
  }
}

/** Empty where nothing is to be done. */
async function ordinaryOwners(client: pg.ClientBase): Promise<string[]> {
  if (!(await isSuperuser(client))) return []
  const { rows } = await client.query<{ owner: string }>(ownersSql)
  const all = rows.map(({ owner }) => owner)
  const superusers = await superusersAmong(client, all)
  return all.filter((owner) => !superusers.includes(owner))
}

function explained(error: unknown, owners: readonly string[]): unknown {
  if (!(error instanceof Failure) || !/permission denied|must be (owner|superuser|member)/i.test(error.message)) return error
  return new Failure('restore/owner-rights', `${owners.join(', ')} lacks a right that the restore needs: ${error.message}`, {
    hint: 'Grant the missing right to the owner of the tables, or give --code-as-superuser if you trust the authors of the database.',
    cause: error,
  })
}
