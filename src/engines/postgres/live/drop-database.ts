// Drops a database that a restore created.
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { asFailure, Failure } from '../../../domain/failures/failure.ts'
import { SilentServer } from '../../../streams/silent-sockets.ts'
import type { LiveContext } from './context.ts'
import { inSession, maintenanceOf } from './session.ts'

/** Pauses between attempts, in ms: a full disk or a lack of connections often lasts no longer. */
const pauses = [250, 1000, 2000, 4000]

/**
 * Drops the database and ends its sessions. Cannot be interrupted, because it cleans up. Throws `restore/database-left`
 * after several attempts.
 */
export async function dropDatabase(context: LiveContext, database: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await dropOnce(context, database)
    } catch (error) {
      const pause = pauses[attempt]
      if (pause === undefined || isLasting(error)) throw left(database, error)
      await sleep(pause)
    }
  }
}

/**
 * Drops the database of a restore that failed. Returns the failure, which names the database if that could not be
 * dropped.
 */
export async function dropAfter(error: unknown, context: LiveContext, database: string): Promise<Failure> {
  return dropDatabase(context, database).then(
    () => asFailure(error),
    (also) => asFailure(error).withDetail(asFailure(also).sentence),
  )
}

/** Whether a retry is useless: the server refuses the login, or does not respond after an interruption. */
function isLasting(error: unknown): boolean {
  const { code, cause } = asFailure(error)
  return code === 'postgres/login-refused' || code === 'postgres/bad-password' || cause instanceof SilentServer
}

async function dropOnce(context: LiveContext, database: string): Promise<void> {
  await inSession(maintenanceOf(context), undefined, async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(database)} WITH (FORCE)`)
  })
}

function left(database: string, error: unknown): Failure {
  return new Failure('restore/database-left', `could not drop database ${database}: ${(error as Error).message}`, {
    hint: `It takes disk space. Drop it later: DROP DATABASE ${pg.escapeIdentifier(database)} WITH (FORCE).`,
    cause: error,
  })
}
