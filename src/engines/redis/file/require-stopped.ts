// Requires that the server is stopped: a running server overwrites its RDB when it saves or shuts down.
import { realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Failure } from '../../../domain/failures/failure.ts'
import type { RedisAddress } from '../../../ports/redis.ts'
import { displayNode, parseRedisAddress } from '../connection/address.ts'
import { connectCommands } from '../connection/connect.ts'
import { configOf } from '../connection/info.ts'

const secondsToConnect = 3

/** Throws a failure of kind refused if a server answers at the address, unless it reports another folder. */
export async function requireStopped(
  address: RedisAddress | undefined,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  if (!address) return
  const parsed = parseRedisAddress(address)
  if (parsed.sentinels.length > 0) return // the host is the name of a master
  const where = displayNode(parsed)
  const told = await foldersOf(parsed, signal)
  if (told === 'nobody' || (told !== 'unknown' && (await placeOf(told)) !== (await placeOf(folder)))) return
  throw new Failure(
    'redis/server-running',
    `a server is running at ${where} and would overwrite the RDB with its memory`,
    {
      hint: 'Stop the server first (redis-cli or valkey-cli SHUTDOWN NOSAVE), or write to another folder.',
    },
  )
}

/** Resolves symbolic links, if the folder exists on this machine. */
function placeOf(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path))
}

async function foldersOf(parsed: ReturnType<typeof parseRedisAddress>, signal: AbortSignal): Promise<string> {
  try {
    const connection = await connectCommands(parsed, parsed, { signal, secondsToConnect, secondsToLoad: 0 })
    try {
      return (await configOf(connection, 'dir')) ?? 'unknown'
    } finally {
      connection.close()
    }
  } catch (error) {
    signal.throwIfAborted()
    return isNobody(error) ? 'nobody' : 'unknown'
  }
}

const absent: readonly string[] = ['redis/connection-refused', 'redis/host-unknown', 'redis/timeout']

/** Whether no server listens there, or the machine is unreachable. A server that refuses the password is running. */
function isNobody(error: unknown): boolean {
  return error instanceof Failure && absent.includes(error.code)
}
