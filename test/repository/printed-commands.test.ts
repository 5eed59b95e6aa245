// Checks that a test runs every command that the product prints.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { completeCommands } from '../../src/commands/printed-commands/complete-commands.ts'
import { fakeWorld } from '../support/fakes.ts'

const root = join(import.meta.dirname, '../..')
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file: file.replaceAll('\\', '/'), text: readFileSync(join(root, 'src', file), 'utf8') }))

/** File that builds a command -> the test that runs the command. */
const built: Readonly<Record<string, string>> = {
  "commands/backup/backup-report.ts 'restore', ...kindWords, id": 'printed-summaries',
  "commands/backup/backup-report.ts 'test-restore', id": 'printed',
  "commands/gate/gate-remedy.ts 'backup'": 'printed',
  "commands/gate/gate-remedy.ts 'test-restore', backup": 'printed',
  "commands/gate/gate-remedy.ts 'upload', best.id": 'printed-summaries',
  "commands/list/list-report.ts 'backup'": 'printed',
  "commands/list/list-report.ts 'prune'": 'printed',
  "kinds/platform/restore.ts 'restore', id": '../faults/interrupted-restore',
  "kinds/platform/restore-outcome.ts 'restore', safetyBackup": 'printed',
  "commands/restore/restore.ts 'restore', ...kindWords, ...words": 'printed',
  'commands/restore/restore.ts id': 'printed',
  "commands/copies/sign.ts 'test-restore', manifest.id": 'printed',
  "kinds/tenant/restore.ts 'restore', 'tenant', id": 'printed',
  "kinds/tenant/report.ts 'tenants', 'plan'": 'printed',
  "kinds/tenant/restore-report.ts 'restore', 'tenant', backup": 'printed',
  "operations/backup/backup-run.ts 'upload', id.text": 'printed-summaries',
  "operations/restore/restore-redis.ts 'restore', 'redis', safety": 'printed',
  "operations/restore/undo-command.ts 'restore'": 'printed',
  "engines/postgres/live/undo-pair.ts 'restore', safetyBackup": 'printed',
  "engines/postgres/live/undo-pair.ts 'restore', 'tenant', safetyBackup": 'printed',
}

/** Functions that build and complete commands. */
const builders = new Set(['domain/text/command-line.ts', 'commands/printed-commands/complete-commands.ts'])

test('every built command is in the table, and its test exists', () => {
  const found = sources.flatMap(({ file, text }) =>
    builders.has(file)
      ? []
      : [...text.matchAll(/(?:commandLine\(|\bwords: )\s*\[(['\w][^\]]*)\]/g)].map(([, words]) => `${file} ${words}`),
  )
  expect([...new Set(found)].sort()).toEqual(Object.keys(built).sort())
  for (const name of new Set(Object.values(built))) {
    expect(readFileSync(join(root, `test/services/${name}.test.ts`), 'utf8')).toMatch(/printedCommand|runAsPrinted/)
  }
})

/** Commands without flags for stores or tenants. */
const complete = new Set(['doctor'])

test('every command in a message is between backticks, so that it is completed', () => {
  const values = { store: ['file:./x'], tenantTable: 'x', s3Endpoint: 'https://x' }
  const texts = sources.flatMap(({ file, text }) =>
    text
      .split('\n')
      .flatMap((line) => (/^\s*(\/\/|\*|\/\*\*)/.test(line) ? [] : [{ file, line: line.replaceAll('\\`', '`') }])),
  )
  const mentions = texts.flatMap(({ file, line }) =>
    [...line.matchAll(/(hint|detail|Run|run|See|see)\b.*?(`?)resguardo ([a-z][a-z-]*)([^`]*)/g)].map(
      ([, , tick, word = '', rest]) => {
        const named = `\`resguardo ${word}${rest}\``
        const isCompleted =
          complete.has(word) || completeCommands(named.replace('THIS', 's3://x'), values, fakeWorld()) !== named
        return word === 'completion' || (tick === '`' && isCompleted) ? undefined : `${file}: resguardo ${word}`
      },
    ),
  )
  expect(mentions.filter((each) => each !== undefined && !/: resguardo (--help|COMMAND)$/.test(each))).toEqual([])
})
