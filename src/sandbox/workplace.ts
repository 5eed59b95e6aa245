// A folder for a stranger's commands: a copy of the checkout without its history and keys, an empty home, room for temporary files.

import { constants } from 'node:fs'
import { chmod, copyFile, cp, lstat, mkdir, readlink, symlink } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { Failure } from '../domain/failure.ts'
import { readTool } from '../streams/child.ts'
import { makeOwnFolder, removeOwnFolder } from '../streams/leftovers.ts'
import type { ConfinementRequest } from './confinement.ts'

export interface Workplace {
  /** Ours alone. */
  readonly folder: string
  /** In it `checkout`, `home` and `tmp`: the command's. */
  readonly inside: string
  /** Never throws. */
  remove(): Promise<void>
}

/** Makes it. Throws Failure('usage') if the checkout is no folder; leaves nothing behind then. */
export async function makeWorkplace({ checkout, temporary, signal }: ConfinementRequest): Promise<Workplace> {
  const from = resolve(checkout)
  const found = await lstat(from).catch(() => undefined)
  if (!found?.isDirectory()) {
    throw new Failure('rehearsal/no-checkout', `${checkout} is no folder: there is nothing to rehearse`, {
      hint: 'Name the folder with the migrations with --migrate-directory; in a workflow, check out the code first.',
    })
  }
  const folder = await makeOwnFolder(temporary, 'resguardo-rehearsal-')
  const inside = join(folder, 'inside')
  try {
    for (const name of ['root', 'inside/checkout', 'inside/home', 'inside/tmp'])
      await mkdir(join(folder, name), { recursive: true })
    await chmod(join(inside, 'tmp'), 0o1777)
    await copyCheckout(from, join(inside, 'checkout'), signal)
  } catch (error) {
    await removeOwnFolder(folder)
    throw error
  }
  return { folder, inside, remove: () => removeOwnFolder(folder) }
}

/** What git tracks, as it lies there now; without git, everything. Never `.git`, which may hold a token. */
async function copyCheckout(from: string, to: string, signal: AbortSignal): Promise<void> {
  const tracked = await trackedFiles(from)
  if (tracked === undefined) {
    await cp(from, to, { recursive: true, verbatimSymlinks: true, filter: (path) => basename(path) !== '.git' })
    return
  }
  for (const path of tracked) {
    signal.throwIfAborted()
    await copyOne(join(from, path), join(to, path))
  }
}

async function trackedFiles(folder: string): Promise<string[] | undefined> {
  const settings = ['-c', 'safe.directory=*', '-c', 'safe.bareRepository=explicit', '-c', 'core.fsmonitor=false']
  const said = await readTool({
    command: 'git',
    arguments: ['-C', folder, ...settings, 'ls-files', '-z', '--cached', '--recurse-submodules'],
  }).catch(() => undefined)
  const files = said?.split('\0').filter((path) => path !== '')
  return files?.length === 0 ? undefined : files
}

async function copyOne(from: string, to: string): Promise<void> {
  const found = await lstat(from).catch(() => undefined)
  if (!found || found.isDirectory()) return // deleted since, or a submodule that was not checked out
  await mkdir(dirname(to), { recursive: true })
  if (found.isSymbolicLink()) await symlink(await readlink(from), to)
  else if (found.isFile()) await copyFile(from, to, constants.COPYFILE_FICLONE)
}
