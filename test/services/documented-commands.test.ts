// Runs every command of the other documentation pages as written.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commandsOf } from '../support/documented-commands.ts'
import { bare, isExecuted, testPages } from '../support/documented-pages.ts'
import { exceptions } from '../support/documented-substitutions.ts'

const root = join(import.meta.dirname, '../..')
/** Pages with a test of their own; that of the runbooks also makes the losses that they repair. */
const elsewhere = ['README.md', 'docs/reference.md', 'docs/runbook.md', 'docs/runbook.es.md']
const all = ['.', 'docs'].flatMap((folder) =>
  readdirSync(join(root, folder)).flatMap((file) => (file.endsWith('.md') ? [join(folder, file)] : [])),
)
const here = all.filter((page) => !elsewhere.includes(page) && commandsOf(page).some(isExecuted))

test('every exception is on a page, and a block that a test of its own runs names a file', () => {
  const commands = all.flatMap((page) => commandsOf(page))
  const texts = new Set(commands.map(({ text }) => bare(text)))
  expect(Object.keys(exceptions).filter((text) => !texts.has(text))).toEqual([])
  const named = commands.flatMap(({ executedBy }) => executedBy ?? [])
  expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([])
})

testPages(here)
