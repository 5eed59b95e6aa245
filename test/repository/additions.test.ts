// Additions that the compiler cannot miss: unlisted folders of kinds, stores without the contract, inputs nobody reads.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { registry } from '../../src/main/registry.ts'

const root = join(import.meta.dirname, '../..')
const source = join(root, 'src')

function foldersOf(layer: string): string[] {
  const entries = readdirSync(join(source, layer), { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
}

function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith(ending))
}

test.each(['kinds', 'stores'])('every folder of %s is in the list', (layer) => {
  const list = readFileSync(join(source, layer, `${layer}.ts`), 'utf8')
  expect(foldersOf(layer).filter((folder) => !list.includes(`from './${folder}/`))).toEqual([])
})

test('the tests of every kind of store run the contract of stores', () => {
  const folder = join(root, 'test')
  const texts = filesBelow(folder, '.test.ts').map((file) => readFileSync(join(folder, file), 'utf8'))
  const contracts = texts.filter((text) => text.includes('storeContract('))
  const isTested = (kind: string) => contracts.some((text) => text.includes(`/src/stores/${kind}/`))
  expect(foldersOf('stores').filter((kind) => !isTested(kind))).toEqual([])
})

test('the sources read every input of every command', async () => {
  const commands = await Promise.all(Object.values(registry).map(({ load }) => load()))
  const names = new Set(commands.flatMap(({ inputs }) => Object.keys(inputs)))
  const code = filesBelow(source, '.ts')
    .map((file) => readFileSync(join(source, file), 'utf8').replaceAll(/^\s*(?:\/\/|\/\*|\*).*$/gm, ''))
    .join('\n')
  expect([...names].filter((name) => !isRead(name, code))).toEqual([])
})

/** Whether the code has the property of an input, as `values.keepDays` or in a pattern such as `{ keepDays, name }`. */
function isRead(name: string, code: string): boolean {
  const property = name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())
  return new RegExp(`\\.${property}\\b|[{,]\\s*${property}\\s*(?:[,}=]|:(?! \\{ kind))`).test(code)
}
