// Checks that the server reports damaged pages. If it ignores them, a backup lacks rows without an error.
import type pg from 'pg'
import { Failure } from '../../../domain/failures/failure.ts'
import type { Address } from '../connection/address.ts'
import { damageSettings } from '../connection/session-settings.ts'

/** Throws `postgres/damage-ignored` if the session has such a setting, which only a superuser can turn off. */
export async function requireStrictReading(client: pg.ClientBase, { display }: Address): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    "SELECT name FROM pg_settings WHERE name = ANY ($1::text[]) AND setting = 'on' ORDER BY 1",
    [damageSettings],
  )
  const names = rows.map(({ name }) => name)
  if (names.length === 0) return
  throw new Failure(
    'postgres/damage-ignored',
    `${names.join(' and ')} is on in ${display}: the server would silently omit damaged rows`,
    { hint: 'Back up as a superuser, or have a superuser reset the setting of the role or the database.' },
  )
}
