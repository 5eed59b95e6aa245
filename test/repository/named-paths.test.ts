// Paths that src/README.md and comments of the sources name exist: a moved file leaves no wrong path behind.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const source = join(root, 'src')

/** A folder, or a file below one, between backticks. Paths with a placeholder such as `<name>` or `*` do not match. */
const path = /`((?:[\w@.-]+\/)+(?:[\w.-]+\.\w+)?)`/g
const comment = /^\s*(?:\/\/|\/\*|\*).*$/gm

/** The named paths that exist neither in src/, nor in the repository, nor in the folder of the file. */
function missingPaths(text: string, file: string): string[] {
  const named = [...text.matchAll(path)].map(([, found = '']) => found)
  return named.filter((found) => ![source, root, dirname(file)].some((folder) => existsSync(join(folder, found))))
}

test('every path in src/README.md exists', () => {
  const page = join(source, 'README.md')
  expect(missingPaths(readFileSync(page, 'utf8'), page)).toEqual([])
})

test('every source file that a comment names exists', () => {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  const missing = files.flatMap((file) => {
    const comments = readFileSync(join(source, file), 'utf8').match(comment) ?? []
    const paths = missingPaths(comments.join('\n'), join(source, file))
    return paths.filter((each) => each.endsWith('.ts')).map((each) => `${file}: ${each}`)
  })
  expect(missing).toEqual([])
})
