// A temporary PostgreSQL server in a sandbox, reached through a unix socket. It ends with the process that started it.
import { randomBytes } from 'node:crypto'
import { dirname, join } from 'node:path'
import type { IsolationPolicy } from '../../../domain/drill/isolation.ts'
import { Failure } from '../../../domain/failures/failure.ts'
import { openSandbox } from '../../../sandbox/open-sandbox.ts'
import type { CrashCleanup, Sandbox } from '../../../sandbox/sandbox.ts'
import { startServer } from '../../../sandbox/start-server.ts'
import { type Address, parseAddress } from '../connection/address.ts'
import { connect } from '../connection/connect.ts'
import type { ClientTools } from '../tools.ts'

interface ScratchServerRequest {
  /** Tools with server binaries. */
  readonly tools: ClientTools
  /** Folder in which the server's own folder is created. */
  readonly temporary: string
  /** Parameters of the server. */
  readonly settings: Readonly<Record<string, string>>
  readonly isolation: IsolationPolicy
  readonly signal: AbortSignal
}

export interface ScratchServer {
  /** The maintenance database `postgres`, as superuser `postgres`. Contains the password. */
  readonly address: Address
  readonly sandbox: Sandbox
}

const port = 5432
const passwordFile = 'password'

/**
 * Creates and starts a server. On an error, throws a Failure of kind tool with the last lines of stderr, and leaves
 * nothing behind.
 */
export async function startScratchServer(request: ScratchServerRequest): Promise<ScratchServer> {
  const { tools, temporary, isolation, signal } = request
  const password = randomBytes(18).toString('base64url')
  const sandbox = await openSandbox({
    ...{ temporary, prefix: 'resguardo-scratch-', policy: isolation, signal },
    programs: ['postgres', 'initdb', 'pg_restore'].map((name) => join(tools.folder, name)),
    files: { [passwordFile]: `${password}\n` },
    crashCleanup: (work) => releaseSharedMemory(work, tools),
  })
  try {
    await initialize(sandbox, tools)
    const { connected } = await startServer(sandbox, {
      program: serverProgram(request, sandbox),
      socket: `.s.PGSQL.${port}`,
      connect: async (path) => {
        const address = addressAt(path, password)
        await (await connect(address)).end()
        return address
      },
      signal,
    })
    return { sandbox, address: connected }
  } catch (error) {
    await sandbox.close()
    signal.throwIfAborted()
    throw error
  }
}

/** Passes the password in a file, so that no argument contains it. */
async function initialize(sandbox: Sandbox, tools: ClientTools): Promise<void> {
  await sandbox.read({
    command: join(tools.folder, 'initdb'),
    arguments: [
      ...['-D', dataOf(sandbox), '-U', 'postgres', '-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions'],
      ...['--auth=scram-sha-256', `--pwfile=${join(sandbox.work, passwordFile)}`],
      '--no-clean', // for releaseSharedMemory
    ],
    childrenEndThemselves: true,
    explain: (stderr, exit) => unusable(sandbox.work, 'initdb', stderr, exit),
  })
}

/**
 * A server that starts in the same folder releases the System V and POSIX shared memory of one that crashed. A
 * bootstrap server of initdb crashes if its input ends within a CREATE, because its transaction cannot be rolled back.
 */
function releaseSharedMemory(work: string, { folder, major }: ClientTools): CrashCleanup {
  const data = join(work, 'data')
  return {
    file: join(data, 'postmaster.pid'),
    command: join(folder, 'postgres'),
    // Creates the shared memory and exits: initdb tries settings with it.
    arguments: [...(major < 15 ? ['--boot', '-x0'] : ['--check']), '-D', data, '-c', 'shared_buffers=1MB'],
  }
}

/** The file with the password is removed before the server starts, so before anything of a backup is loaded. */
function serverProgram({ tools, settings }: ScratchServerRequest, sandbox: Sandbox) {
  const all = { ...settings, listen_addresses: '', port: String(port), unix_socket_directories: sandbox.sockets }
  return {
    command: '/bin/sh',
    arguments: [
      ...['-c', 'rm -f -- "$1" && shift && exec "$@"', 'sh', join(sandbox.work, passwordFile)],
      ...[join(tools.folder, 'postgres'), '-D', dataOf(sandbox)],
      ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    stdout: 'ignore' as const,
    explain: (stderr: string, exit: string) => unusable(sandbox.work, 'the server', stderr, exit),
  }
}

function dataOf({ work }: Sandbox): string {
  return join(work, 'data')
}

function addressAt(path: string, password: string): Address {
  const host = encodeURIComponent(dirname(path))
  return parseAddress(`postgresql://postgres:${password}@localhost:${port}/postgres?host=${host}&sslmode=disable`)
}

/** Converts the stderr of a server program to a Failure that names the folder. */
function unusable(folder: string, tool: string, stderr: string, exit: string): Failure {
  const said = stderr.split('\n').filter(Boolean).slice(-3).join(' · ')
  if (/Permission denied/.test(stderr)) {
    return new Failure(
      'drill/folder-not-accessible',
      `the scratch server cannot access its folder ${folder}: ${said}`,
      {
        hint: 'The server runs as another user. Choose a folder that every user can enter with --temporary, such as /tmp.',
      },
    )
  }
  if (/No space left/.test(stderr)) {
    return new Failure('disk/full', `the disk of ${folder} is full: ${said}`, {
      hint: 'Free space, or choose another folder with --temporary.',
    })
  }
  return new Failure('drill/server-failed', `${tool} ${exit} while creating a scratch server in ${folder}: ${said}`, {
    hint: 'Read the message, or use your own server with --scratch-url.',
  })
}
