// A sandbox of namespaces: separate processes, folders and users, and no network.
import { existsSync } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Failure } from '../domain/failures/failure.ts'
import { removeOwnFolder } from '../streams/files/leftovers.ts'
import { type Child, startChild } from '../streams/processes/child.ts'
import { readOutput, readTool } from '../streams/processes/read-tool.ts'
import { limited, memoryLimit } from './limits.ts'
import type { Method } from './methods.ts'
import { noSocket, notStarted } from './not-started.ts'
import type { ProgramRequest, Sandbox, SandboxRequest } from './sandbox.ts'
import { makeSandboxFolder, type SandboxFolder } from './sandbox-folder.ts'
import { enterScript, environmentScript, keeperScript, rootScript } from './scripts.ts'
import { visibleTo } from './visible-programs.ts'

/** Milliseconds to wait until a sandbox is ready: sudo may ask an authentication service. */
const readyWithin = 30_000

/**
 * Opens a sandbox by this method, and tests it. Throws a failure of kind tool if the method does not work on this
 * machine, or not within `limit` milliseconds. If it throws, it leaves nothing behind.
 */
export async function openIsolated(
  request: SandboxRequest,
  method: Method,
  limit = readyWithin,
): Promise<Omit<Sandbox, 'reasons'>> {
  const places = await makeSandboxFolder(request)
  const keeper = startKeeper(places, method, await visibleTo(request.programs))
  const children = new Set<Child>()
  const close = async (): Promise<void> => {
    keeper.stdin.end()
    await keeper.exited.catch(() => {})
    // The close event of a child that has exited waits for unread output.
    for (const { stdout } of children) stdout?.destroy()
    // A program that was about to enter the sandbox does not find it, and ends.
    await Promise.allSettled([...children].map(({ exited }) => exited))
    // The keeper has not removed the folders if it was killed or ended early.
    for (const folder of [places.folder, places.socketFolder]) await removeOwnFolder(folder)
  }
  const end = (): void => void close()
  request.signal.addEventListener('abort', end, { once: true })
  try {
    const enter = { method, places, processId: await processIdOf(keeper, limit), children, end, signal: request.signal }
    request.signal.throwIfAborted()
    const tried = { command: '/bin/sh', arguments: ['-c', executable, 'sh', ...request.programs], explain: notStarted }
    await readOutput(start(enter, tried))
    request.signal.throwIfAborted()
    return {
      isolation: method.isolation,
      ...{ work: places.work, shared: places.shared, sockets: places.sockets },
      start: (program) => start(enter, program),
      read: async (program) => (await readOutput(start(enter, program))).toString('utf8'),
      share: async (folder) => void (await readTool({ command: 'chmod', arguments: ['-R', 'a+rX', '--', folder] })),
      publish: (socket) => publish(places, method, socket),
      close: async () => {
        request.signal.removeEventListener('abort', end)
        await close()
      },
    }
  } catch (error) {
    request.signal.removeEventListener('abort', end)
    await close()
    throw error
  }
}

/**
 * Shell of the scripts that must close every inherited descriptor. Without `--norc`, bash would treat the socket on its
 * standard input as a session of rshd and read the user's .bashrc. That is slow, and its output would mix with that of
 * programs.
 */
const shell = existsSync('/bin/bash') ? ['/bin/bash', '--norc'] : ['/bin/sh']

/** The sandbox's user may lack permission to run a program that this user can run. */
const executable =
  'for program; do [ -x "$program" ] || { echo "the sandbox user cannot run $program" >&2; exit 1; }; done'

function startKeeper(places: SandboxFolder, method: Method, visible: readonly string[]): Child {
  const [command = '', ...words] = [...method.prefix, ...shell]
  const namespaces = [...method.namespaces, '--mount', '--pid', '--fork', '--kill-child', '--ipc', '--uts', '--net']
  const shown = [...visible, places.shared, places.published].flatMap((path) => ['r', path])
  const writable = ['w', places.work, 'w', places.sockets]
  return startChild({
    command,
    arguments: [
      ...[...words, '-c', keeperScript, 'sh', places.folder, places.socketFolder, String(memoryLimit())],
      ...[method.user === 'same' ? 'no' : 'yes', 'unshare', ...namespaces, '/bin/sh', '-c', rootScript, 'sh'],
      ...[basename(places.folder), places.root, method.user, idsOf(method), places.temporary, ...shown, ...writable],
    ],
    stdin: 'pipe',
    directory: '/',
    endsItself: true,
    explain: notStarted,
  })
}

function idsOf({ user }: Method): string {
  return user === 'same' ? `${process.getuid?.()}:${process.getgid?.()}` : user
}

/**
 * Returns the ID, outside of the sandbox, of process 1 of the sandbox. Ends the keeper and throws after `limit`
 * milliseconds.
 */
async function processIdOf(keeper: Child, limit: number): Promise<number> {
  const ready = readyProcess(keeper)
  ready.catch(() => {})
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limit)
  })
  const id = await Promise.race([ready, late]).finally(() => clearTimeout(timer))
  if (id !== undefined) return id
  await keeper.stop()
  throw new Failure('sandbox/not-started', `the sandbox was not ready within ${limit / 1000} s`)
}

async function readyProcess(keeper: Child): Promise<number> {
  let said = ''
  for await (const chunk of keeper.stdout) {
    said += String(chunk)
    const [, id] = /^ready (\d+)\n/.exec(said) ?? []
    if (id !== undefined) return Number(id)
  }
  await keeper.exited
  throw new Failure('sandbox/not-started', 'the sandbox ended before it was ready')
}

interface Enter {
  readonly method: Method
  readonly places: SandboxFolder
  readonly processId: number
  readonly children: Set<Child>
  readonly end: () => void
  readonly signal: AbortSignal
}

/** Passes secrets and data on standard input: neither sudo nor a list of processes shows them. */
function start({ method, places, processId, children, end, signal }: Enter, program: ProgramRequest): Child {
  const [command = '', ...words] = [...method.prefix, ...shell]
  const namespaces = ['--mount', '--pid', '--net', '--ipc', '--uts']
  const { user } = method
  const [uid, gid] = user.split(':')
  const another = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--bounding-set=-all', '--inh-caps=-all']
  const child = startChild({
    command,
    arguments: [
      ...[...words, '-c', enterScript, 'sh', basename(places.folder)],
      ...['nsenter', `--target=${processId}`, ...method.entering, ...namespaces, '--'],
      ...[
        'env',
        '-i',
        'PATH=/usr/bin:/bin:/usr/sbin:/sbin',
        'LANG=C.UTF-8',
        'HOME=/tmp',
        'TMPDIR=/tmp',
        'USER=scratch',
      ],
      ...['setpriv', '--no-new-privs', ...(user === 'same' ? [] : another), '--', ...limited()],
      ...['/bin/sh', '-c', environmentScript, 'sh', program.command, ...program.arguments],
    ],
    stdin: 'pipe',
    ...(program.stdout && { stdout: program.stdout }),
    ...(program.stderrKept && { stderrKept: program.stderrKept }),
    directory: '/',
    ...{ signal, end },
    explain: (stderr, exit) => explained(program, stderr, exit),
  })
  children.add(child)
  child.exited.catch(() => {}).finally(() => children.delete(child))
  child.stdin.write(variables(program.environment ?? {}))
  if (program.stdin !== 'pipe') child.stdin.end()
  return child
}

function explained(program: ProgramRequest, stderr: string, exit: string): Failure {
  return (
    program.explain?.(stderr, exit) ?? new Failure('tool/failed', `${program.command} ${exit}: ${lastWords(stderr)}`)
  )
}

function variables(environment: NonNullable<ProgramRequest['environment']>): string {
  const lines = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  )
  if (lines.some((line) => line.includes('\n')))
    throw new Failure('internal/bug', 'an environment variable for the sandbox contains a line break')
  return `${lines.join('\n')}${lines.length > 0 ? '\n' : ''}\n`
}

/**
 * The first lstat saves a process for each attempt while a server starts. Only the second checks a name that no program
 * can change.
 */
async function publish({ sockets, published }: SandboxFolder, method: Method, socket: string): Promise<string> {
  const found = join(sockets, socket)
  await lstat(found).catch((cause) => {
    throw noSocket(found, cause)
  })
  const [command = 'ln', ...words] = [...method.prefix, 'ln']
  const path = join(published, socket)
  await readTool({ command, arguments: [...words, '-f', '-P', '-T', found, path] })
  if ((await lstat(path)).isSocket()) return path
  throw new Failure('drill/server-failed', `${path} is not a socket`)
}

function lastWords(stderr: string): string {
  return stderr.trim().split('\n').slice(-3).join(' · ') || 'no message'
}
