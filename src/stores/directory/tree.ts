// The folders of a directory store: safe paths, listing in order of key, durable creation and removal.
import { type Dirent, lstatSync, readdirSync, realpathSync, rmdirSync } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { Failure } from '../../domain/failures/failure.ts'
import type { ListOptions } from '../../ports/common.ts'
import { errorCode, fileFailure } from '../file-errors.ts'
import { compareKeys, keySegments } from '../keys.ts'
import { syncFolder } from './folder-sync.ts'
import { giveFolderToOwner } from './owner.ts'

/** A file found by `walk`, or an empty folder, whose key ends with a slash. */
interface FoundFile {
  readonly key: string
  readonly bytes: number
  readonly modified: Date
}

/**
 * The path of a key below the root. Throws a failure of kind refused if a symbolic link in the path points outside the
 * root.
 */
export function pathOf(root: string, key: string): string {
  const path = join(root, ...keySegments(key))
  refuseLinksOut(root, dirname(path))
  return path
}

/** Throws a failure of kind refused if a symbolic link in the path points outside the root. */
export function refuseLinksOut(root: string, folder: string): void {
  const realRoot = realpathIfThere(root)
  if (realRoot === undefined) return
  let at = folder
  let real = realpathIfThere(at)
  while (real === undefined && at !== root) {
    if (isLink(at)) throw linkOut(at)
    at = dirname(at)
    real = realpathIfThere(at)
  }
  if (real !== undefined && real !== realRoot && !real.startsWith(realRoot === sep ? sep : realRoot + sep))
    throw linkOut(at)
}

function linkOut(path: string): Failure {
  return new Failure('store/symbolic-link', `${path} is a symbolic link that leads out of the store`, {
    hint: 'Links that lead out of a store are not followed. Make the store itself the link, or move the folder.',
  })
}

function realpathIfThere(path: string): string | undefined {
  try {
    return realpathSync.native(path)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return undefined
    throw fileFailure(error, { doing: `look up ${path}`, path })
  }
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink()
  } catch {
    return false
  }
}

interface WalkOptions extends ListOptions {
  readonly emptyFolders?: boolean
}

/** Number of entries that are read before other work may run. */
const perTurn = 512

/**
 * Yields the regular files below `root` whose key begins with `prefix` and whose name is wanted, in ascending order of
 * key. Does not follow links, skips files that vanish meanwhile, and treats a missing folder as empty. Calls
 * `unreadable` for a folder below the first one that cannot be read. With `emptyFolders`, also yields folders without
 * entries below the first one. Reads entries synchronously in small portions: ten times faster than a promise per file.
 */
export async function* walk(
  root: string,
  prefix: string,
  wanted: (name: string) => boolean,
  { unreadable, emptyFolders = false }: WalkOptions = {},
): AsyncGenerator<FoundFile> {
  const start = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  if (start !== '') refuseLinksOut(root, join(root, start))
  const stack: string[] = [start]
  let seen = 0
  for (let key = stack.pop(); key !== undefined; key = stack.pop()) {
    if (key !== '' && !key.endsWith('/')) {
      const file = look(root, key)
      if (file) yield file
      continue
    }
    const found = entries(root, key, wanted, key === start ? undefined : unreadable)
    if (found.isEmpty && emptyFolders && key !== start) {
      const folder = look(root, key)
      if (folder) yield folder
    }
    const children = found.keys.filter((child) => child.startsWith(prefix))
    for (let i = children.length - 1; i >= 0; i -= 1) stack.push(children[i] as string)
    seen += children.length + 1
    if (seen < perTurn) continue
    seen = 0
    await turn()
  }
}

/**
 * The keys directly below a folder (those of folders end with a slash), in the order in which `walk` yields their keys.
 */
function entries(
  root: string,
  folder: string,
  wanted: (name: string) => boolean,
  unreadable: ListOptions['unreadable'],
): { readonly keys: string[]; readonly isEmpty: boolean } {
  let found: Dirent[]
  const path = join(root, folder)
  try {
    found = readdirSync(path, { withFileTypes: true })
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return { keys: [], isEmpty: false }
    const failure = fileFailure(error, { doing: `list ${path}`, path })
    if (!unreadable) throw failure
    unreadable(failure)
    return { keys: [], isEmpty: false }
  }
  const keys: string[] = []
  for (const entry of found) {
    if (entry.isDirectory()) keys.push(`${folder}${entry.name}/`)
    else if (entry.isFile() && wanted(entry.name)) keys.push(folder + entry.name)
  }
  return { keys: keys.sort(compareKeys), isEmpty: found.length === 0 }
}

function look(root: string, key: string): FoundFile | undefined {
  const path = `${root}/${key}`
  try {
    const { size, mtimeMs } = lstatSync(path)
    // The property `mtime` is created when it is first read, which takes longer.
    return { key, bytes: size, modified: new Date(Math.round(mtimeMs)) }
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return undefined
    throw fileFailure(error, { doing: `look up ${path}`, path })
  }
}

/** Makes a folder and its missing parents (0700), durably. As root, gives each to the owner of its parent. */
export async function makeFolder(path: string): Promise<void> {
  if (!(await makeOne(path))) {
    // Without mkdir's `recursive`, which never returns if the system always reports ENOENT, as in /proc.
    await makeFolder(dirname(path))
    if (!(await makeOne(path))) throw Object.assign(new Error(`ENOENT: mkdir '${path}'`), { code: 'ENOENT' })
  }
}

/** Returns whether the folder exists now; false if its parent is missing. */
async function makeOne(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    if (errorCode(error) === 'ENOENT' && dirname(path) !== path) return false
    if (errorCode(error) === 'EEXIST' && (await stat(path)).isDirectory()) return true
    throw error
  }
  await giveFolderToOwner(path)
  await syncFolder(dirname(path))
  return true
}

/**
 * Removes empty folders from `path` up to `root`, excluding `root`. Returns the parent of the last removed folder;
 * undefined if none was removed.
 */
export function removeEmptyFolders(root: string, path: string): string | undefined {
  let around: string | undefined
  for (let at = path; at !== root && at.startsWith(root); at = dirname(at)) {
    try {
      rmdirSync(at)
      around = dirname(at)
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') break
    }
  }
  return around
}
