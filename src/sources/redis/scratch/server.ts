// A throwaway redis-server of the installed program: private, on a free port, gone with the process that started it.
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Redis } from 'ioredis'
import { asFailure, Failure } from '../../../domain/failure.ts'
import { isAtLeast } from '../../../domain/redis/rdb-versions.ts'
import { type Child, startChild } from '../../../streams/child.ts'
import { freePort } from '../../../streams/free-port.ts'
import type { ServerProgram } from './find-server.ts'
import { endedFailure } from './server-log.ts'

export interface ScratchServerRequest {
  readonly program: ServerProgram
  /** Folder in which the server's own folder is made. */
  readonly temporary: string
  /** How many numbered databases there must be. */
  readonly databases: number
  /** Bytes of the largest value that a client may have to read. */
  readonly largestValue: number
  readonly signal: AbortSignal
}

export interface ScratchServer {
  readonly folder: string
  readonly port: number
  readonly password: string
  /** Its own file for RDBs, read and written by it. */
  readonly rdb: string
  /** A connection more; its errors are those of its commands. */
  connect(): Promise<Redis>
  /** Its last lines so far. */
  log(): string
  /** What the server's end means; undefined while it runs. Waits for that a moment. */
  ended(): Promise<Failure | undefined>
  /** Ends it and removes its folder. Any number of times; never throws. */
  stop(): Promise<void>
}

/**
 * The server's keeper: ends the server and removes its folder when its standard input ends, so also when we are killed.
 * `$1` redis-server, `$2` the folder.
 */
const keeper = `
exec 3<&0
"$1" "$2/redis.conf" 3<&- </dev/null >&2 & server=$!
(read -r word <&3; kill -TERM $server; sleep 2 3<&- </dev/null >/dev/null 2>&1; kill -KILL $server) 2>/dev/null & watcher=$!
wait $server; code=$?
exec 3<&-
kill $watcher 2>/dev/null
[ -e "$2/keep" ] || rm -rf "$2"/* "$2" 2>/dev/null
exit $code
`

const secondsToStart = 60
const portsTried = 4

/** Makes and starts an empty server that takes itself for a replica. Leaves nothing behind where it throws. */
export async function startScratchServer(request: ScratchServerRequest): Promise<ScratchServer> {
  const temporary = resolve(request.temporary)
  await mkdir(temporary, { recursive: true })
  const folder = await mkdtemp(join(temporary, 'resguardo-scratch-'))
  try {
    await chmod(folder, 0o700)
    await writeFile(join(folder, 'pid'), `${process.pid}\n`)
    await writeFile(join(folder, 'keep'), '') // until it runs, the folder outlives a server that failed to start
    const server = await startOnFreePort(request, folder)
    await rm(join(folder, 'keep'))
    return server
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    request.signal.throwIfAborted()
    throw asFailure(error)
  }
}

async function startOnFreePort(request: ScratchServerRequest, folder: string): Promise<ScratchServer> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort()
    const password = randomBytes(18).toString('base64url')
    await writeFile(join(folder, 'redis.conf'), settings(request, { folder, port, password }), { mode: 0o600 })
    const server = running(request.program, { folder, port, password })
    try {
      await untilReady(server, request.signal)
      return server
    } catch (error) {
      await server.end()
      const taken = error instanceof Error && /Address already in use/.test(error.message)
      if (!taken || attempt === portsTried) throw error
    }
  }
}

interface Place {
  readonly folder: string
  readonly port: number
  readonly password: string
}

/**
 * As a replica it keeps keys whose time is over, so that what was backed up can be compared; its master is nowhere. What is newer than
 * the program is left out: it would not start.
 */
function settings({ program, databases, largestValue }: ScratchServerRequest, { folder, port, password }: Place): string {
  const since = (version: string, ...lines: string[]) => (isAtLeast(program.version, version) ? lines : [])
  const lines = [
    ...['bind 127.0.0.1', `port ${port}`, 'protected-mode yes', `requirepass ${password}`],
    ...[`dir ${quoted(folder)}`, 'dbfilename dump.rdb', 'save ""', 'appendonly no', 'stop-writes-on-bgsave-error no'],
    ...['daemonize no', 'logfile ""', 'always-show-logo no', `databases ${databases}`, 'maxmemory 0'],
    ...['replicaof 127.0.0.1 1', 'replica-serve-stale-data yes', 'replica-read-only yes'],
    `proto-max-bulk-len ${Math.max(512 << 20, largestValue + 1024)}`,
    ...since('6.2', 'sanitize-dump-payload yes', 'crash-log-enabled no'),
    ...since('7.0', 'enable-debug-command local'),
  ]
  return `${lines.join('\n')}\n`
}

/** A text in quotes as the configuration file has them. */
function quoted(text: string): string {
  return `"${text.replaceAll(/[\\"]/g, (sign) => `\\${sign}`)}"`
}

function running(program: ServerProgram, place: Place): ScratchServer & { end(): Promise<void> } {
  const { folder, port, password } = place
  const child = startChild({
    command: '/bin/sh',
    arguments: ['-c', keeper, 'sh', program.path, folder],
    stdin: 'pipe',
    stdout: 'ignore',
    directory: '/',
    ownGroup: true,
    explain: (log, exit) => endedFailure(log, exit, folder),
  })
  const clients = new Set<Redis>()
  const end = async () => {
    for (const client of clients) client.disconnect()
    await endKeeper(child)
  }
  return {
    ...place,
    rdb: join(folder, 'dump.rdb'),
    connect: async () => {
      const client = new Redis({ host: '127.0.0.1', port, password, ...clientSettings })
      client.on('error', () => {}) // each command tells
      clients.add(client)
      client.once('close', () => clients.delete(client))
      await client.connect()
      return client
    },
    log: () => child.stderr(),
    ended: () => Promise.race([failureOf(child.exited), moment()]),
    end,
    stop: async () => {
      await end()
      await rm(folder, { recursive: true, force: true }).catch(() => {})
    },
  }
}

/** A lost connection fails at once, and is not made again. */
const clientSettings = {
  lazyConnect: true,
  enableReadyCheck: false,
  enableOfflineQueue: false,
  retryStrategy: () => null,
  maxRetriesPerRequest: 0,
} as const

async function failureOf(exited: Promise<void>): Promise<Failure> {
  return exited.then(
    () => new Failure('drill/server-failed', 'the scratch server ended by itself'),
    (error) => asFailure(error),
  )
}

function moment(): Promise<undefined> {
  return new Promise((done) => {
    setTimeout(() => done(undefined), 500).unref()
  })
}

async function untilReady(server: ScratchServer, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    signal.throwIfAborted()
    try {
      const client = await server.connect()
      await client.ping()
      client.disconnect()
      return
    } catch (error) {
      const failure = attempt % 10 === 9 ? await server.ended() : undefined
      if (failure) throw failure
      if (attempt >= secondsToStart * 20)
        throw new Failure('drill/server-failed', `the scratch server does not answer (${String(error)})`)
      await new Promise((next) => setTimeout(next, 50))
    }
  }
}

async function endKeeper(child: Child): Promise<void> {
  child.stdin.end()
  await child.exited.catch(() => {})
}
