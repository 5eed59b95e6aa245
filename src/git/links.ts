// Symbolic links in a commit's tree, and the additional paths that they give to files: a tool may read migrations
// through a link.
import { posix } from 'node:path'
import { Failure } from '../domain/failures/failure.ts'
import type { ChangedFile } from '../domain/migrations/changed-file.ts'
import type { Git } from './git.ts'

interface Link {
  readonly path: string
  /** Path from the root of the repository; '' is the root. */
  readonly target: string
}

/** Returns the links to other paths of the repository. Throws what git throws. */
export async function linksIn(git: Git, commit: string): Promise<Link[]> {
  const entries = (await git('ls-tree', '-r', '-z', '--full-tree', commit)).split('\0').flatMap((entry) => {
    const { id, path } = /^120000 blob (?<id>[0-9a-f]+)\t(?<path>.+)$/s.exec(entry)?.groups ?? {}
    return id && path ? [{ id, path }] : []
  })
  if (entries.length === 0) return []
  const texts = readBatch(await git.bytes(['cat-file', '--batch'], entries.map(({ id }) => `${id}\n`).join('')))
  if (texts.length !== entries.length)
    throw new Failure('git/unknown-output', "could not parse git's list of symbolic links")
  return entries.flatMap(({ path }, at) => {
    const target = targetOf(path, texts[at] ?? '')
    return target === undefined ? [] : [{ path, target }]
  })
}

/** Returns the contents in git's output, `<id> <type> <size>\n<content>\n` per object; none if it is malformed. */
function readBatch(answer: Buffer): string[] {
  const texts: string[] = []
  for (let at = 0; at < answer.length; ) {
    const end = answer.indexOf('\n', at)
    const size = Number(/^[0-9a-f]+ blob (\d+)$/.exec(answer.toString('latin1', at, end))?.[1])
    if (end < 0 || !Number.isSafeInteger(size)) return []
    texts.push(answer.toString('utf8', end + 1, end + 1 + size))
    at = end + size + 2
  }
  return texts
}

function targetOf(path: string, text: string): string | undefined {
  if (text === '' || text.startsWith('/')) return undefined
  const target = posix.join(posix.dirname(path), text).replace(/\/+$/, '')
  if (target === '..' || target.startsWith('../')) return undefined
  return target === '.' ? '' : target
}

/** Maximum number of links in a chain, in which a link leads through another; longer chains do not occur by chance. */
const longestChain = 4

/** Adds to each file the other paths that lead to it. */
export function withAliases(files: readonly ChangedFile[], links: readonly Link[]): ChangedFile[] {
  if (links.length === 0) return [...files]
  return files.map((file) => {
    const aliases = aliasesOf(file.path, links)
    return aliases.length === 0 ? file : { ...file, aliases }
  })
}

function aliasesOf(path: string, links: readonly Link[]): string[] {
  const seen = new Set([path])
  let latest = [path]
  for (let step = 0; step < longestChain && latest.length > 0; step += 1) {
    const found = latest.flatMap((each) => links.flatMap((link) => through(link, each) ?? []))
    latest = [...new Set(found)].filter((each) => !seen.has(each))
    for (const each of latest) seen.add(each)
  }
  seen.delete(path)
  return [...seen]
}

/**
 * Returns the path through the link; undefined if the link leads neither to the path nor to a folder above it, or if
 * the path is below the link (a loop).
 */
function through({ path: from, target }: Link, path: string): string | undefined {
  if (path === from || path.startsWith(`${from}/`)) return undefined
  if (target === '') return `${from}/${path}`
  return path === target || path.startsWith(`${target}/`) ? `${from}${path.slice(target.length)}` : undefined
}
