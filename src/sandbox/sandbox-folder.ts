// The folders of a sandbox: one that its programs write, one that they only read, one for sockets, and an empty one for
// its root.
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../domain/failures/failure.ts'
import { makeOwnFolder } from '../streams/files/leftovers.ts'
import type { SandboxRequest } from './sandbox.ts'

export interface SandboxFolder {
  /** Only this user can enter it. */
  readonly folder: string
  readonly work: string
  readonly shared: string
  /** The programs' temporary files. */
  readonly temporary: string
  /** Empty. */
  readonly root: string
  /** Contains `sockets` and `published`: `folder`, or another private folder if its path would be too long. */
  readonly socketFolder: string
  readonly sockets: string
  readonly published: string
}

/** Bytes: the path of a unix socket has at most 107, unix(7). */
const longestSocketFolder = 80

/**
 * Makes the folders. Throws `disk/not-writable`. Only this user can enter `folder`, so folders below may be open to the
 * sandbox's user.
 */
export async function makeSandboxFolder(request: SandboxRequest): Promise<SandboxFolder> {
  const folder = await makeOwnFolder(request.temporary, request.prefix).catch((error) => {
    throw notWritable(request.temporary, error)
  })
  const isLong = Buffer.byteLength(folder) > longestSocketFolder
  const socketFolder = isLong ? await makeOwnFolder('/tmp', request.prefix) : folder
  const places: SandboxFolder = {
    ...{ folder, socketFolder },
    ...{
      work: join(folder, 'work'),
      shared: join(folder, 'shared'),
      temporary: join(folder, 'tmp'),
      root: join(folder, 'root'),
    },
    ...{ sockets: join(socketFolder, 'sockets'), published: join(socketFolder, 'published') },
  }
  await makeOpen(places.work, 0o700)
  await makeOpen(places.sockets, 0o755)
  await makeOpen(places.shared, 0o755)
  await makeOpen(places.published, 0o755)
  await makeOpen(places.root, 0o755)
  await makeOpen(places.temporary, 0o1777)
  for (const [name, content] of Object.entries(request.files ?? {}))
    await writeFile(join(places.work, name), content, { mode: 0o600 })
  return places
}

function notWritable(folder: string, cause: unknown): Failure {
  return new Failure('disk/not-writable', `could not create a folder in ${folder}: ${(cause as Error).message}`, {
    hint: 'Make the folder writable, or name another one with --temporary.',
    cause,
  })
}

/** Creates a folder with this mode, whatever the umask. */
async function makeOpen(path: string, mode: number): Promise<void> {
  await mkdir(path, { mode: 0o700 })
  await chmod(path, mode)
}
