// Runs programs without isolation: if no method works, or with --isolation none. As root, they still run as another
// user.
import { chown, link, lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../domain/failures/failure.ts'
import { nameRemover, removeOwnFolder } from '../streams/files/leftovers.ts'
import { type Child, startChild } from '../streams/processes/child.ts'
import { readOutput, readTool } from '../streams/processes/read-tool.ts'
import { noSocket } from './not-started.ts'
import type { ProgramRequest, Sandbox, SandboxRequest } from './sandbox.ts'
import { makeSandboxFolder, type SandboxFolder } from './sandbox-folder.ts'
import { crashCleanupScript, removerScript } from './scripts.ts'

/** Opens a sandbox without isolation. Its programs end with this process, and its folders are then removed. */
export async function openUnisolated(request: SandboxRequest): Promise<Omit<Sandbox, 'reasons'>> {
  const places = await makeSandboxFolder(request)
  const user = process.getuid?.() === 0 ? nobody : undefined
  const remover = startScript([removerScript, 'sh', places.folder, places.socketFolder])
  const cleanup = startCrashCleanup(request, places, user)
  if (cleanup?.pid !== undefined) remover.stdin.write(`${cleanup.pid}\n`)
  const children = new Set<Child>()
  const close = async (): Promise<void> => {
    await Promise.all([...children].map((child) => child.stop()))
    cleanup?.stdin.end()
    remover.stdin.end()
    await remover.exited.catch(() => {})
    for (const folder of [places.folder, places.socketFolder]) await removeOwnFolder(folder)
  }
  const end = (): void => void close()
  request.signal.addEventListener('abort', end, { once: true })
  const start = (program: ProgramRequest): Child => {
    const child = startProgram(program, request.signal, user)
    if (child.pid !== undefined) for (const script of [cleanup, remover]) script?.stdin.write(`${child.pid}\n`)
    children.add(child)
    child.exited.catch(() => {}).finally(() => children.delete(child))
    return child
  }
  try {
    if (remover.pid !== undefined)
      for (const folder of new Set([places.folder, places.socketFolder])) await nameRemover(folder, remover.pid)
    if (user) await give(places, user)
    request.signal.throwIfAborted()
  } catch (error) {
    await close()
    throw error
  }
  return {
    isolation: 'none',
    ...{ work: places.work, shared: places.shared, sockets: places.sockets },
    start,
    read: async (program) => (await readOutput(start(program))).toString('utf8'),
    share: async (folder) => void (await readTool({ command: 'chmod', arguments: ['-R', 'a+rX', '--', folder] })),
    publish: (socket) => publish(places, socket),
    close: async () => {
      request.signal.removeEventListener('abort', end)
      await close()
    },
  }
}

interface User {
  readonly uid: number
  readonly gid: number
}

/** The user `nobody`: initdb requires a user with a name. */
const nobody: User = { uid: 65_534, gid: 65_534 }

/** Allows the other user to pass through the sandbox's folders, and makes it owner of those that programs write to. */
async function give(places: SandboxFolder, { uid, gid }: User): Promise<void> {
  for (const folder of new Set([places.folder, places.socketFolder]))
    await chown(folder, 0, gid).then(() => allowPassing(folder))
  for (const folder of [places.work, places.sockets]) await chown(folder, uid, gid)
  for (const name of await readdir(places.work)) await chown(join(places.work, name), uid, gid)
}

async function allowPassing(folder: string): Promise<void> {
  await readTool({ command: 'chmod', arguments: ['0710', '--', folder] })
}

/** Starts a script that acts when its standard input ends, also if this process is killed. */
function startScript(words: readonly string[], user?: User): Child {
  return startChild({
    command: '/bin/sh',
    arguments: ['-c', ...words],
    ...{ stdin: 'pipe' as const, stdout: 'ignore' as const, directory: '/', endsItself: true },
    ...(user && { user }),
  })
}

function startCrashCleanup(request: SandboxRequest, { work }: SandboxFolder, user: User | undefined) {
  const cleanup = request.crashCleanup?.(work)
  return cleanup && startScript([crashCleanupScript, 'sh', cleanup.file, cleanup.command, ...cleanup.arguments], user)
}

function startProgram(program: ProgramRequest, signal: AbortSignal, user: User | undefined): Child {
  const { command, arguments: words, ...rest } = program
  return startChild({
    ...rest,
    command: '/bin/sh',
    arguments: ['-c', 'ulimit -c 0; exec "$@"', 'sh', command, ...words], // SIGQUIT writes a core
    ...{ directory: '/', endWith: 'SIGQUIT' as const, signal },
    ...(user && { user }),
  })
}

async function publish({ sockets, published }: SandboxFolder, socket: string): Promise<string> {
  const path = join(published, socket)
  const found = join(sockets, socket)
  await link(found, path).catch((cause) => {
    throw cause.code === 'ENOENT' ? noSocket(found, cause) : cause
  })
  if ((await lstat(path)).isSocket()) return path
  throw new Failure('drill/server-failed', `${path} is not a socket`)
}
