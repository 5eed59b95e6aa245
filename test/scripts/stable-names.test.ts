// Names of chunks come from what is in them, so that changed bytes do not rename them.
import type { Metafile } from 'esbuild'
import { expect, test } from 'vitest'
import { stableNames } from '../../scripts/build/stable-names.ts'

function chunk(inputs: Record<string, number>, entryPoint?: string): Metafile['outputs'][string] {
  return {
    bytes: 1,
    imports: [],
    exports: [],
    inputs: Object.fromEntries(Object.entries(inputs).map(([path, bytesInOutput]) => [path, { bytesInOutput }])),
    ...(entryPoint === undefined ? {} : { entryPoint }),
  }
}

function namesOf(outputs: Metafile['outputs']): string[] {
  return [...stableNames({ inputs: {}, outputs }).values()]
}

test('a chunk is named for its entry or its heaviest input, whatever its hash and its bytes', () => {
  const before = namesOf({
    'dist/chunks/chunk-AAAAAAAA.js': chunk({ 'node_modules/@aws-sdk/core/x.js': 9, 'src/a.ts': 1 }),
  })
  const after = namesOf({
    'dist/chunks/chunk-BBBBBBBB.js': chunk({ 'node_modules/@aws-sdk/core/x.js': 8, 'src/a.ts': 2 }),
  })
  expect(before).toEqual([expect.stringMatching(/^aws-sdk-core-[0-9a-f]{8}\.js$/)])
  expect(after).toEqual(before)
  const entry = chunk({ 'src/commands/list/list.ts': 1, 'src/big.ts': 99 }, 'src/commands/list/list.ts')
  expect(namesOf({ 'dist/chunks/list-CCCCCCCC.js': entry })).toEqual([expect.stringMatching(/^list-/)])
})

test('entries keep their own names', () => {
  expect(namesOf({ 'dist/cli.js': chunk({ 'src/main/cli.ts': 1 }, 'src/main/cli.ts') })).toEqual([])
})

test("esbuild's helpers and an empty chunk have no source, and still names of their own", () => {
  const helpers = { ...chunk({}), exports: ['a', 'b'] }
  const names = namesOf({ 'dist/chunks/chunk-AAAAAAAA.js': helpers, 'dist/chunks/chunk-BBBBBBBB.js': chunk({}) })
  expect(names).toEqual([expect.stringMatching(/^runtime-/), expect.stringMatching(/^empty-/)])
})
