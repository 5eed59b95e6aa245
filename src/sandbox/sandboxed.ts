// Runs a command in new namespaces: separate processes and folders and, if it may reach a server, a separate network.
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../domain/failures/failure.ts'
import type { ConfinedExit, ConfinedRequest } from '../ports/confinement.ts'
import { startChild } from '../streams/processes/child.ts'
import { openBridge } from './bridge.ts'
import { commonEnvironment } from './environment.ts'
import type { Method } from './methods.ts'
import { namespaceScript, supervisor } from './namespace-script.ts'
import { resolverFolders, type Visible } from './visible.ts'
import { watch } from './watch.ts'
import type { Workspace } from './workspace.ts'

/** Address of the server inside: the network has nothing else, so the default port of PostgreSQL is free. */
const server = { host: '127.0.0.1', port: 5432 }

/** The parts of the sandbox in which a command runs. */
export interface SandboxedRun {
  readonly method: Method
  readonly place: Workspace
  readonly visible: Visible
  /**
   * The test run before any untrusted command: makes the user owner of the folders, and has no network even without
   * `dial`.
   */
  readonly trial?: boolean
}

/** Runs the command until it ends or its time is up. */
export async function runSandboxed(
  { method, place, visible, trial = false }: SandboxedRun,
  request: ConfinedRequest,
): Promise<ConfinedExit> {
  const socket = join(place.folder, 'bridge')
  const bridge = request.dial && (await openBridge(socket, request.dial))
  const shut = bridge !== undefined || trial
  const token = randomBytes(16).toString('hex')
  try {
    const child = startChild({
      ...launch(
        { method, place, trial },
        shut,
        shut ? visible.folders : [...visible.folders, ...(await resolverFolders())],
      ),
      stdin: 'pipe',
      directory: '/',
      explain: (stderr, exit) =>
        new Failure('sandbox/not-started', `${[...method.prefix, 'unshare'].join(' ')} ${exit}: ${lastWords(stderr)}`),
    })
    child.stdin.write(`${JSON.stringify(orderOf(request, token, visible, bridge && socket))}\n`)
    return await watch(child, token, request)
  } finally {
    await bridge?.close()
    await rm(socket, { force: true })
  }
}

function launch({ method, place, trial }: Omit<SandboxedRun, 'visible'>, shut: boolean, folders: readonly string[]) {
  const [command = 'unshare', ...words] = [...method.prefix, 'unshare']
  const common = ['--mount', '--pid', '--fork', '--kill-child', '--ipc', '--uts', ...(shut ? ['--net'] : [])]
  const script = [
    '/bin/sh',
    '-c',
    namespaceScript,
    'sh',
    join(place.folder, 'root'),
    place.inside,
    method.user,
    shut ? 'none' : 'shared',
    trial ? 'new' : 'used',
  ]
  return {
    command,
    arguments: [...words, ...method.namespaces, ...common, ...script, process.execPath, supervisor, ...folders],
  }
}

function orderOf(request: ConfinedRequest, token: string, visible: Visible, socket: string | undefined): object {
  const own = { PATH: visible.path, HOME: '/rehearsal/home', TMPDIR: '/tmp', USER: 'rehearsal', LOGNAME: 'rehearsal' }
  return {
    token,
    command: request.command,
    directory: '/rehearsal/checkout',
    environment: { ...commonEnvironment(), ...own, ...request.environment?.(server) },
    ...(socket && { socket, port: server.port }),
  }
}

function lastWords(stderr: string): string {
  return stderr.trim().split('\n').slice(-3).join(' · ') || 'no message'
}
