// Flags of the run in commands that reports and hints show.
import { expect, it, test } from 'vitest'
import { command } from '../../../src/commands/command.ts'
import { completeCommand, completeCommands } from '../../../src/commands/printed-commands/complete-commands.ts'
import { nextCommand } from '../../../src/commands/printed-commands/next-command.ts'
import { Failure } from '../../../src/domain/failures/failure.ts'
import { commandText, type Flags } from '../../../src/domain/text/command-line.ts'
import { inputTable } from '../../../src/inputs/kinds.ts'
import { commands, details } from '../../../src/report/report.ts'
import { fakeWorld } from '../../support/fakes.ts'
import { linesOf } from '../../support/report-text.ts'

const inputs = { store: ['s3://far/a b', 'file:./near'], s3Endpoint: 'https://s3.example.com', trustedKeys: [] }
const world = fakeWorld()
const places = "--store 's3://far/a b' --store file:./near --s3-endpoint https://s3.example.com"

it.each([
  ['list', `list ${places}`],
  ['list --kind redis', `list --kind redis ${places}`],
  ['list --store file:./other', 'list --store file:./other --s3-endpoint https://s3.example.com'],
  [
    'upload ID --from file:./near --to s3://far',
    'upload ID --from file:./near --to s3://far --s3-endpoint https://s3.example.com',
  ],
  ['upload ID --from file:./near --to file:./far', 'upload ID --from file:./near --to file:./far'],
  ['doctor', 'doctor'],
  ['tenants plan', 'tenants plan'],
])('missing flags are added to `resguardo %s`', (words, complete) => {
  expect(completeCommands(`Run \`resguardo ${words}\` now.`, inputs, world)).toBe(`Run \`resguardo ${complete}\` now.`)
})

test('the signing key is added to a command that writes only if the key is a path', () => {
  const keys = { store: ['x'], trustedKeys: ['allowed signers'] }
  const drill = (signKey?: string) => completeCommands('`resguardo test-restore`', { ...keys, signKey }, world)
  expect(drill('a key')).toBe("`resguardo test-restore --store x --trusted-keys 'allowed signers' --sign-key 'a key'`")
  expect(drill('-----BEGIN OPENSSH PRIVATE KEY-----')).toBe(
    "`resguardo test-restore --store x --trusted-keys 'allowed signers'`",
  )
  expect(drill()).toBe("`resguardo test-restore --store x --trusted-keys 'allowed signers' --sign-key SIGNING_KEY`")
  expect(completeCommands('`resguardo list`', { ...keys, signKey: 'a key' }, world)).not.toContain('a key')
})

test('tenant rules are added to commands for tenants in hints', () => {
  const values = { ...inputs, tenantTable: 'orgs', tenantColumn: 'orgId', tenantRule: ['a: shared'] }
  const rules = "--tenant-table orgs --tenant-column orgId --tenant-rule 'a: shared'"
  expect(completeCommands('`resguardo tenants plan`', values, world)).toBe(`\`resguardo tenants plan ${rules}\``)
  expect(completeCommands('`resguardo restore tenant ID`', values, world)).toBe(
    `\`resguardo restore tenant ID ${places} ${rules}\``,
  )
  expect(completeCommands('`resguardo restore ID`', values, world)).toBe(`\`resguardo restore ID ${places}\``)
})

test('flags are added in hints and reports of every command, and other errors are not changed', async () => {
  const thrown = new Failure('backup/not-found', 'no', { hint: 'See `resguardo list`.' })
  const failing = (error: Error) =>
    command({
      name: 'x',
      summary: '',
      examples: [],
      inputs: inputTable({}),
      outputs: {},
      run: () => Promise.reject(error),
    })
  await expect(failing(thrown).run(inputs, fakeWorld())).rejects.toMatchObject({
    hint: `See \`resguardo list ${places}\`.`,
  })
  const bug = new TypeError('x')
  await expect(failing(bug).run(inputs, fakeWorld())).rejects.toBe(bug)
  const parts = [details('More', commands('To remove them', { words: ['prune'] }))]
  const printing = command({
    ...failing(bug),
    run: async () => ({ outputs: {}, report: parts, document: {}, failure: thrown }),
  })
  const outcome = await printing.run(inputs, fakeWorld())
  expect(linesOf(outcome).at(-1)).toBe(`  resguardo prune ${places}`)
  expect(outcome.failure).toMatchObject({ code: 'backup/not-found', hint: expect.stringContaining(places) })
})

test.each([
  [{ words: ['list'] }, `list ${places}`],
  [{ words: ['tenants', 'plan'] }, 'tenants plan'],
  [{ words: ['restore'], flags: { undo: true, confirm: 'shop' } }, 'restore --undo --confirm shop'],
  [
    { words: ['restore', 'ID'], flags: { store: 'file:./b', confirm: 'shop' } },
    'restore ID --store file:./b --confirm shop',
  ],
  [
    { words: ['upload', 'ID'], flags: { from: 'file:./near', to: 's3://far', store: undefined } },
    'upload ID --s3-endpoint https://s3.example.com --from file:./near --to s3://far',
  ],
] as const)('missing flags are added to a command of a report: %j', (value, complete) => {
  expect(commandText(completeCommand(value, inputs, world))).toBe(`resguardo ${complete}`)
})

test('tenant rules are added to commands for tenants in reports', () => {
  const values = { ...inputs, tenantTable: 'orgs' }
  const text = (flags: Flags, ...words: string[]) => commandText(completeCommand({ words, flags }, values, world))
  expect(text({}, 'restore', 'tenant', 'ID')).toContain('--tenant-table orgs')
  expect(text({ tenant: '7' }, 'test-restore', 'ID')).toContain('--tenant-table orgs')
  expect(text({}, 'test-restore', 'ID')).not.toContain('--tenant-table')
})

test('the command after a dry run contains all inputs that differ from their defaults, but no secret', () => {
  const table = inputTable({
    url: { kind: 'secret', summary: '' },
    key: { kind: 'secret', orPath: true, summary: '' },
    table: { kind: 'lines', summary: '' },
    'source-counts': { kind: 'flag', fallback: true, summary: '' },
    undo: { kind: 'flag', fallback: false, summary: '' },
    'dry-run': { kind: 'flag', fallback: false, summary: '' },
    jobs: { kind: 'count', fallback: 2, summary: '' },
    'health-timeout': { kind: 'duration', fallback: 60, summary: '' },
    at: { kind: 'time', summary: '' },
    confirm: { kind: 'text', summary: '' },
  })
  const values = {
    ...{
      url: 'postgresql://u:secret@h/d',
      key: './key',
      table: ['a', 'b c'],
      sourceCounts: false,
      undo: false,
      dryRun: true,
    },
    ...{ jobs: 4, healthTimeout: 90, at: new Date('2026-11-24T02:00:00Z') },
  }
  const after = { words: ['restore', 'ID'], flags: { 'dry-run': undefined, confirm: "it's" } }
  expect(commandText(nextCommand(table, values, after))).toBe(
    "resguardo restore ID --key ./key --table a --table 'b c' --no-source-counts --jobs 4 --health-timeout 90s" +
      " --at 2026-11-24T02:00:00.000Z --confirm 'it'\\''s'",
  )
})
