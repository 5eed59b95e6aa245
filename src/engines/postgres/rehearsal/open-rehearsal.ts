// A scratch database as a migration meets it: a login that is no superuser, and eyes on what the migration does.
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
  /** Whether the command is kept from the network: then the server must not be a way out either. */
  readonly confined: boolean
  readonly signal: AbortSignal
}

/**
 * Opens scratch, once it is loaded and compared, for a rehearsal; nothing compares it afterwards. As superuser it makes
 * a login that owns everything and is none; as anybody else the migration gets that very user. From then on a superuser
 * connects to the maintenance database alone, and scratch is dropped, not cleaned up. Throws
 * `rehearsal/server-can-leak` if the server itself could carry data away.
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
