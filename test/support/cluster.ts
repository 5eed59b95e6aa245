// Starts a temporary PostgreSQL server from installed binaries, on a free port. It ends with the process that started
// it.

import { appendFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { asFailure } from '../../src/domain/failures/failure.ts'
import { type Address, parseAddress } from '../../src/engines/postgres/connection/address.ts'
import { connect } from '../../src/engines/postgres/connection/connect.ts'
import { type Child, startChild } from '../../src/streams/processes/child.ts'
import { initializeFolder, makeFolder, unusable } from './cluster-folder.ts'
import type { ClusterRequest } from './cluster-request.ts'
import { freePort } from './free-port.ts'
import { type SystemUser, serverUser } from './server-user.ts'

export interface Cluster {
  /** Database `postgres`, as superuser `postgres`, with the password. */
  readonly address: Address
  readonly folder: string
  /** Stops the server with an immediate shutdown and removes its folder. Idempotent; never throws. */
  stop(): Promise<void>
  /** Restarts the server on the same data and port, after a fast shutdown. */
  restart(): Promise<void>
}

/**
 * Supervises the server: stops it and removes its folder when standard input ends, and thus also when this process is
 * killed. `$1`: postgres, `$2`: the folder.
 */
const keeper = `
exec 3<&0
"$1" -D "$2/data" 3<&- </dev/null & server=$!
(read -r word <&3; if [ "$word" = stop ]; then kill -INT $server; else kill -QUIT $server; fi) & watcher=$!
wait $server; code=$?
exec 3<&-
kill $watcher 2>/dev/null
[ -e "$2/keep" ] || rm -rf "$2"/* "$2" 2>/dev/null
exit $code
`

const secondsToStart = 60
const portsTried = 4

/** Creates and starts a cluster. On failure, removes the folder and throws a Failure with the last lines of stderr. */
export async function startCluster(request: ClusterRequest): Promise<Cluster> {
  const user = await serverUser()
  const folder = await makeFolder(request, user)
  try {
    const password = await initializeFolder(request, folder, user)
    const { child, port } = await startOnFreePort(request, folder, password, user)
    return runningCluster(request, folder, password, port, user, child)
  } catch (error) {
    await removeFolder(folder)
    request.signal?.throwIfAborted()
    throw asFailure(error)
  }
}

/** Retries, because processes that initdb started may still write for a moment after it was stopped. Ignores errors. */
async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 6, retryDelay: 100 }).catch(() => {})
}

interface Started {
  readonly child: Child
  readonly port: number
}

async function startOnFreePort(
  request: ClusterRequest,
  folder: string,
  password: string,
  user: SystemUser | undefined,
): Promise<Started> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort()
    try {
      return { child: await startServer(request, folder, password, port, user), port }
    } catch (error) {
      const taken = error instanceof Error && /Address already in use|could not bind/.test(error.message)
      if (!taken || attempt === portsTried) throw error
    }
  }
}

async function startServer(
  request: ClusterRequest,
  folder: string,
  password: string,
  port: number,
  user: SystemUser | undefined,
): Promise<Child> {
  await writeFile(join(folder, 'keep'), '') // keeps the folder if the server fails to start
  await appendFile(join(folder, 'data', 'postgresql.conf'), serverSettings(folder, port))
  const child = startChild({
    command: '/bin/sh',
    arguments: ['-c', keeper, 'sh', join(request.tools.folder, 'postgres'), folder],
    stdin: 'pipe',
    stdout: 'ignore',
    directory: '/',
    endsItself: true,
    ...(user && { user }),
    explain: (stderr, exit) => unusable(folder, 'the server', stderr, exit),
  })
  let ended: unknown
  child.exited.catch((error) => {
    ended = error
  })
  try {
    await untilReady(addressOf(port, password), () => ended, request.signal)
  } catch (error) {
    await endKeeper(child)
    throw error
  }
  await rm(join(folder, 'keep'))
  return child
}

function serverSettings(folder: string, port: number): string {
  const socketFits = join(folder, `.s.PGSQL.${port}`).length < 100
  return `listen_addresses = '127.0.0.1'\nport = ${port}\nunix_socket_directories = '${socketFits ? folder.replaceAll("'", "''") : ''}'\n`
}

async function untilReady(address: Address, ended: () => unknown, signal: AbortSignal | undefined): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    signal?.throwIfAborted()
    if (ended()) throw ended()
    try {
      const client = await connect(address)
      await client.end()
      return
    } catch (error) {
      if (ended()) throw ended()
      if (attempt >= secondsToStart * 20) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

async function endKeeper(child: Child): Promise<void> {
  child.stdin.end()
  await child.exited.catch(() => {})
}

function runningCluster(
  request: ClusterRequest,
  folder: string,
  password: string,
  port: number,
  user: SystemUser | undefined,
  first: Child,
): Cluster {
  let child = first
  return {
    address: addressOf(port, password),
    folder,
    stop: async () => {
      await endKeeper(child)
      await removeFolder(folder)
    },
    restart: async () => {
      await writeFile(join(folder, 'keep'), '')
      child.stdin.end('stop\n')
      await child.exited.catch(() => {})
      child = await startServer(request, folder, password, port, user)
    },
  }
}

function addressOf(port: number, password: string): Address {
  return parseAddress(`postgresql://postgres:${password}@127.0.0.1:${port}/postgres?sslmode=disable`)
}
