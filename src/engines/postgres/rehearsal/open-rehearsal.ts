// Opens a scratch database for a migration, with a login that is not a superuser, and observes what the migration does.
import type { Duplex } from 'node:stream'
import type { LocksSeen } from '../../../domain/drill/rehearsal.ts'
import type { DatabaseState } from '../../../domain/drill/rehearsal-changes.ts'
import type { RehearsalPlace } from '../../../ports/rehearsal.ts'
import { type Address, parseAddress } from '../connection/address.ts'
import { admitClient } from './admit.ts'
import { dialServer, mayUseTls } from './dial.ts'
import { requireNoEgress, requireNoRights } from './egress-checks.ts'
import { watchLocks } from './lock-watch.ts'
import { type Login, makeLogin, type Role, removeLogin } from './login.ts'
import { measureDatabase } from './measure.ts'
import { endSessions } from './sessions.ts'

interface OpenRehearsalOptions {
  /** Whether the command has no network access. Then the server must not be able to send data elsewhere either. */
  readonly confined: boolean
  readonly signal: AbortSignal
}

/**
 * Opens scratch for a rehearsal, after it was loaded and compared; it cannot be compared afterwards. A superuser
 * creates a login that owns everything and is not a superuser; any other user becomes the migration's login. After
 * that, superusers connect only to the maintenance database, and scratch is dropped, not cleaned up. Throws
 * `rehearsal/server-can-leak` if `confined` and the server itself could send data elsewhere.
 */
export async function openRehearsal(
  { url, maintenanceUrl }: RehearsalPlace,
  { confined, signal }: OpenRehearsalOptions,
) {
  const address = parseAddress(url)
  const maintenance = parseAddress(maintenanceUrl)
  const login = await makeLogin(address, async (client, role) => {
    if (!confined) return
    await requireNoEgress(client)
    await requireNoRights(client, role)
  })
  const places = { maintenance, database: address.database, observer: as(address, login.observer) }
  return {
    login: { user: login.user, password: login.password, database: address.database },
    notes: notesOf(login),
    tls: mayUseTls(address),
    dial: (client: Duplex) =>
      admitClient(client, { user: login.user, database: address.database }, () => dialServer(address)),
    measure: (): Promise<DatabaseState> => measureDatabase(places.observer, signal),
    watchLocks: async (): Promise<{ stop(): Promise<LocksSeen> }> => watchLocks(places, login),
    close: () => endSessions(places, login.user).catch(() => {}),
    remove: () => removeLogin(maintenance, login),
  }
}

function as(address: Address, { user, password }: Role): Address {
  return { ...address, user, password }
}

function notesOf(login: Login): string[] {
  if (login.made) return []
  return [
    `The migration ran as ${login.user}, the user of --scratch-url, with its rights on the whole scratch server, because that user is not a superuser.`,
  ]
}
