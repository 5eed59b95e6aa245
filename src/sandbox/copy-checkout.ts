// Copies a checkout for untrusted commands, without its history and credentials, and without following symbolic links.
import { constants } from 'node:fs'
import { copyFile, lstat, mkdir, open, readdir, readlink, realpath, symlink } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { Failure } from '../domain/failures/failure.ts'
import { readTool } from '../streams/processes/read-tool.ts'

/**
 * Copies the tracked files with their current content or, without git, all files. Never copies `.git`, which may
 * contain a token. Copies files before links, so that nothing is written or read through a link. Throws
 * `rehearsal/misleading-index` for an index with paths that lead elsewhere.
 */
export async function copyCheckout(checkout: string, to: string, signal: AbortSignal): Promise<void> {
  const from = await realpath(checkout)
  const links = new Map<string, string>()
  for (const path of (await trackedFiles(from)) ?? (await allFiles(from))) {
    signal.throwIfAborted()
    if (path.split('/').some((segment) => ['', '.', '..', '.git'].includes(segment))) throw misleading(path)
    const found = await lstat(join(from, path)).catch(() => undefined) // deleted since, or a submodule that was not checked out
    if (found?.isSymbolicLink()) links.set(path, await readlink(join(from, path)))
    else if (found?.isFile()) await copyOne(join(from, path), join(to, path))
  }
  for (const [path, target] of links) {
    if (foldersAbove(path).some((folder) => links.has(folder))) throw misleading(path)
    await mkdir(dirname(join(to, path)), { recursive: true, mode: 0o755 })
    await symlink(target, join(to, path))
  }
}

async function trackedFiles(folder: string): Promise<string[] | undefined> {
  const settings = ['-c', 'safe.directory=*', '-c', 'safe.bareRepository=explicit', '-c', 'core.fsmonitor=false']
  const said = await readTool({
    command: 'git',
    arguments: ['-C', folder, ...settings, 'ls-files', '-z', '--cached', '--recurse-submodules'],
  }).catch(() => undefined)
  const files = new Set(said?.split('\0').filter((path) => path !== ''))
  return files.size === 0 ? undefined : [...files]
}

async function allFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
  return paths.filter((path) => !path.split('/').includes('.git'))
}

/** Skips a file behind a symbolic link: git reports it as deleted. */
async function copyOne(from: string, to: string): Promise<void> {
  const file = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => undefined)
  if (!file) return
  try {
    const itself = `/proc/self/fd/${file.fd}`
    const real = await readlink(itself).catch(() => undefined) // exists only on Linux
    if (!(await file.stat()).isFile() || (real ?? from) !== from) return
    await mkdir(dirname(to), { recursive: true, mode: 0o755 })
    await copyFile(real === undefined ? from : itself, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
  } finally {
    await file.close()
  }
}

function foldersAbove(path: string): string[] {
  const segments = path.split('/')
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join('/'))
}

function misleading(path: string): Failure {
  return new Failure(
    'rehearsal/misleading-index',
    `${JSON.stringify(path)} in the index of the checkout is outside of the checkout`,
    {
      hint: 'git never creates such an index. Clone the repository again.',
    },
  )
}
