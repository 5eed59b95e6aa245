// File modes
// A file with backup content is readable by another local user, or is created where the cleanup cannot find it.
import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../src')
/** Calls that follow the umask on purpose. */
const exceptions = [
  'hosts/action/process.ts: appendFile(summary, markdown)',
  'operations/tenants/plan-tenants.ts: writeFile(file, `${diagram}\\n`)',
]

interface Call {
  readonly file: string
  readonly text: string
}

let calls: Call[]

beforeAll(async () => {
  calls = []
  for await (const file of glob('**/*.ts', { cwd: root })) {
    const text = await readFile(join(root, file), 'utf8')
    for (const match of text.matchAll(/(?<![.\w])(writeFile|appendFile|mkdir|mkdtemp|createWriteStream|open)\(/g))
      calls.push({ file, text: callAt(text, match.index) })
  }
})

/** From the name to the parenthesis that closes the call. */
function callAt(text: string, start: number): string {
  let depth = 0
  for (let at = text.indexOf('(', start); at < text.length; at += 1) {
    if (text[at] === '(') depth += 1
    if (text[at] === ')') depth -= 1
    if (depth === 0) return text.slice(start, at + 1)
  }
  return text.slice(start)
}

const shown = ({ file, text }: Call) => `${file}: ${text}`

test('every file and folder is created with an explicit mode, so that no umask makes it readable by others', () => {
  const creating = calls.filter(
    ({ text }) => /^(writeFile|appendFile|mkdir|createWriteStream)/.test(text) || /^open\(.*'[wa]x?\+?'/s.test(text),
  )
  expect(creating.length).toBeGreaterThan(15)
  const without = creating.filter(({ text }) => !/mode\b|0o600/.test(text)).map(shown)
  expect(without.sort()).toEqual(exceptions)
})

test('every temporary folder is created by the function whose folders the cleanup finds', () => {
  expect(calls.filter(({ text }) => text.startsWith('mkdtemp')).map(({ file }) => file)).toEqual([
    'streams/files/leftovers.ts',
  ])
})
