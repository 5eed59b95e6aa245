// Reads the roles and tablespaces of the server as a script that is stored with the dump.
import { asFailure } from '../../../domain/failures/failure.ts'
import type { Child } from '../../../streams/processes/child.ts'
import { readOutput } from '../../../streams/processes/read-tool.ts'
import type { Address } from '../connection/address.ts'

/** Maximum bytes; a role takes about 200. */
const largest = 256 << 20

interface Globals {
  /** Undefined if it could not be read: the dump of the database is complete without it. */
  readonly script: Buffer | undefined
  readonly notes: readonly string[]
}

/**
 * Runs pg_dumpall through the dumped database, because other databases may reject this role. `start` starts pg_dumpall.
 * Never throws.
 */
export async function readGlobals(
  address: Address,
  readsPasswordHashes: boolean,
  start: (arguments_: readonly string[]) => Child,
): Promise<Globals> {
  try {
    const child = start([
      ...['--globals-only', '--no-password', `--database=${connectionString(address)}`],
      ...(readsPasswordHashes ? [] : ['--no-role-passwords']),
    ])
    const script = await readOutput(child, 'pg_dumpall', largest)
    const notes = readsPasswordHashes ? [] : ['globals.sql has no password hashes, because this role cannot read them.']
    return { script, notes }
  } catch (error) {
    return {
      script: undefined,
      notes: [`globals.sql (roles and tablespaces) is not in this backup: ${asFailure(error).message}.`],
    }
  }
}

/** Returns a connection string of libpq, because a database name could be parsed as one. */
function connectionString({ database }: Address): string {
  return `dbname='${database.replaceAll(/['\\]/g, '\\$&')}'`
}
