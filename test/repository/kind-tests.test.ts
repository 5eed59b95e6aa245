// Checks that only the kinds of backup, their engines and the manifest's own types test for a kind.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const source = join(import.meta.dirname, '../../src')
const allowed = /^(kinds|engines|domain\/tenants)\/|^domain\/(manifest\/manifest|backups\/marks)\.ts$/
const kindTest =
  /\bkind (===|!==) '(platform|tenant|redis|all)'|case '(platform|tenant|redis|all)'|\b(requirePostgres|requireRedis|isOfPostgres|isOfRedis)\(/

test.each([
  ["if (manifest.kind === 'redis') {", true],
  ["    case 'tenant':", true],
  ['const { tenants } = requirePostgres(manifest)', true],
  ["if (failure.kind === 'integrity') {", false],
])('%s', (line, isKindTest) => {
  expect(kindTest.test(line)).toBe(isKindTest)
})

test('code asks the kind of a backup instead of testing which one it is', () => {
  const found = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !allowed.test(file))
    .flatMap((file) => {
      const lines = readFileSync(join(source, file), 'utf8').split('\n')
      return lines.flatMap((line, at) => (kindTest.test(line) ? [`${file}:${at + 1}`] : []))
    })
  expect(found).toEqual([])
})
