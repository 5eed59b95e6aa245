// A scratch database as a migration meets it: a login that is no superuser, and eyes on what the migration does.
import type { Duplex } from 'node:stream'
import type { DatabaseState, LocksSeen } from '../../../domain/rehearsal.ts'
import { parseAddress } from '../address.ts'
import { withClient } from '../connect.ts'
import { admitClient } from './admit.ts'
import { dialServer, mayUseTls } from './dial.ts'
import { recordLocks } from './lock-record.ts'
import { watchLocks } from './lock-watch.ts'
import { type Login, makeLogin, removeLogin } from './login.ts'
import { measureDatabase } from './measure.ts'
import { requireNoRights, requireNoWayOut } from './way-out.ts'

export interface OpenRehearsalOptions {
  /** Whether the command is kept from the network: then the server must not be a way out either. */
  readonly confined: boolean
  readonly signal: AbortSignal
}

/**
 * Opens scratch, once it is loaded and compared, for a rehearsal; nothing compares it afterwards. As superuser it makes a login that
 * owns everything and is none; as anybody else the migration gets that very user. Throws Failure('refused') if the server itself could
 * carry data away.
 */
export async function openRehearsal(url: string, { confined, signal }: OpenRehearsalOptions) {
  const address = parseAddress(url)
  if (confined) await withClient(address, requireNoWayOut)
  const login = await makeLogin(address)
  if (confined)
    await withClient(address, (client) => requireNoRights(client, login.user)).catch(async (error) => {
      await removeLogin(address, login)
      throw error
    })
  if (login.made) await recordLocks(address)
  return {
    login: { user: login.user, password: login.password, database: address.database },
    notes: notesOf(login),
    tls: mayUseTls(address),
    dial: (client: Duplex) => admitClient(client, { user: login.user, database: address.database }, () => dialServer(address)),
    measure: (): Promise<DatabaseState> => measureDatabase(address, signal),
    watchLocks: async (): Promise<{ stop(): Promise<LocksSeen> }> => watchLocks(address, login),
    close: () => removeLogin(address, login),
  }
}

export type OpenedRehearsal = Awaited<ReturnType<typeof openRehearsal>>

function notesOf(login: Login): string[] {
  if (login.made) return []
  return [
    `The migration ran as ${login.user}, the user of the scratch URL, who is no superuser: with that user's rights on the whole scratch server.`,
  ]
}
