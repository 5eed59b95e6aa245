// The folders of a sandbox: one for its programs, one of ours, one for sockets, and an empty one for its root.
import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { SandboxRequest } from './sandbox.ts'

export interface SandboxFolder {
  /** Ours alone. */
  readonly folder: string
  readonly work: string
  readonly shared: string
  /** The programs' temporary files. */
  readonly temporary: string
  /** Empty. */
  readonly root: string
  /** Ours alone, with `sockets` and `published` in it: `folder`, or another one where that is too long a path. */
  readonly socketFolder: string
  readonly sockets: string
  readonly published: string
}

/** The path of a unix socket holds 107 bytes: unix(7). */
const longestSocketFolder = 80

/** Makes them. Only we can enter `folder`, so what is below may be open to whoever the programs run as. */
export async function makeSandboxFolder(request: SandboxRequest): Promise<SandboxFolder> {
  const parent = resolve(request.temporary)
  await mkdir(parent, { recursive: true })
  const folder = await mkdtemp(join(parent, request.prefix))
  const isLong = Buffer.byteLength(folder) > longestSocketFolder
  const socketFolder = isLong ? await mkdtemp(join('/tmp', request.prefix)) : folder
  const places: SandboxFolder = {
    ...{ folder, socketFolder },
    ...{ work: join(folder, 'work'), shared: join(folder, 'shared'), temporary: join(folder, 'tmp'), root: join(folder, 'root') },
    ...{ sockets: join(socketFolder, 'sockets'), published: join(socketFolder, 'published') },
  }
  for (const each of new Set([folder, socketFolder])) await writeFile(join(each, 'pid'), `${process.pid}\n`, { mode: 0o600 })
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

/** Whatever the umask. */
async function makeOpen(path: string, mode: number): Promise<void> {
  await mkdir(path)
  await chmod(path, mode)
}
