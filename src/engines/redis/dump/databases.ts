// Finds the numbered databases of a server to read key by key.
import { Failure } from '../../../domain/failures/failure.ts'
import type { RawConnection } from '../connection/connect.ts'
import { type Info, keysIn } from '../connection/info.ts'
import { askForText } from '../connection/replies.ts'
import { ReplyError } from '../connection/resp.ts'

/** Databases beyond this are read only if INFO names them. */
const mostTried = 10_000

/**
 * Returns `wanted`. If that is empty, returns every database that can be selected, in ascending order and including
 * empty ones, because INFO may hide the keyspace. Selects database 0 afterwards. Throws `redis/no-such-database` for a
 * wanted database that does not exist.
 */
export async function databasesToRead(
  connection: RawConnection,
  info: Info,
  wanted: readonly number[],
): Promise<readonly number[]> {
  if (wanted.length > 0) {
    for (const database of wanted) if (database !== 0) await requireDatabase(connection, database)
    if (wanted.some((database) => database !== 0)) await connection.ask('SELECT', 0)
    return wanted
  }
  const named = keysIn(info).map(({ database }) => database)
  const found = new Set([0, ...named])
  let database = 1
  try {
    for (; database < mostTried; database += 1) {
      await connection.ask('SELECT', database)
      found.add(database)
    }
  } catch (error) {
    if (!(error instanceof ReplyError)) throw error
    if (error.message.startsWith('NOPERM') && !(await knowsKeyspace(connection, named))) throw error
  }
  if (database > 1) await connection.ask('SELECT', 0)
  return [...found].sort((a, b) => a - b)
}

/** Whether INFO shows that only database 0 contains keys. */
async function knowsKeyspace(connection: RawConnection, named: readonly number[]): Promise<boolean> {
  if (named.length > 0) return named.every((database) => database === 0)
  const text = await askForText(connection, 'INFO', 'keyspace').catch((error) => {
    if (error instanceof ReplyError) return ''
    throw error
  })
  return /^# Keyspace/m.test(text)
}

async function requireDatabase(connection: RawConnection, database: number): Promise<void> {
  await connection.ask('SELECT', database).catch((error) => {
    if (!(error instanceof ReplyError) || !/out of range|invalid DB index|not allowed in cluster/i.test(error.message))
      throw error
    throw new Failure('redis/no-such-database', `${connection.display} has no database ${database}`, {
      hint: 'Check --redis-database. Before Valkey 9 a cluster has only database 0.',
      cause: error,
    })
  })
}
