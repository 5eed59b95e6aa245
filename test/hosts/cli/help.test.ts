// Help texts: contents, line width and length.
import { expect, test } from 'vitest'
import { commandHelp, overviewHelp, sharedHelp } from '../../../src/hosts/cli/help.ts'
import { registry } from '../../../src/main/registry.ts'
import { sampleCommand } from './fake-host.ts'

const sample = sampleCommand(async () => ({ outputs: {}, report: [], document: {} }))

test('the help of a command shows its groups, flags, defaults, variables and examples', () => {
  const help = commandHelp(sample, 100)
  expect(help).toContain('Usage: resguardo sample [KIND] [BACKUP] [--flags]')
  expect(help).toMatch(/^Database\n {2}--database-url SECRET +URL of the database \[environment: DATABASE_URL\]$/m)
  expect(help).toMatch(/--keep-last NUMBER +How many to keep \[default: 3\]/)
  expect(help).toMatch(/--\[no-\]source-counts +Count rows as well \[default: on\]/)
  expect(help).toMatch(/--store ADDRESS +Where backups live \[may be given several times\]/)
  expect(help).toContain('Examples\n  resguardo sample --dry-run')
})

test.each([50, 80, 110])('no line is wider than %i columns', (width) => {
  const lines = `${commandHelp(sample, width)}${overviewHelp({ sample: { summary: 'x '.repeat(90).trim(), load: async () => sample } }, width)}`
  expect(lines.split('\n').filter((line) => line.length > width)).toEqual([])
})

test('the overview lists the exit codes', () => {
  expect(overviewHelp({}, 80)).toMatch(/^ {2}130 +interrupted$/m)
})

const restore = await registry.restore?.load()
const backup = await registry.backup?.load()
const drill = await registry['test-restore']?.load()
if (!restore || !backup || !drill) throw new Error('a command is missing')

test.each([
  ['tenant', /--tenant ID/, /--strategy|--redis-url|flush-first|--undo/],
  ['redis', /--mode merge\|replace\|flush-first/, /--tenant|--strategy|--database-url|insert/],
  ['platform', /--strategy swap\|new\|in-place/, /--mode|--tenant-|--redis/],
  [
    'all',
    /--redis-url[\s\S]*--strategy swap\|in-place|--strategy swap\|in-place[\s\S]*--redis-url/,
    /--target-database|--to-file|--undo/,
  ],
])('the help of restore %s shows only the flags that apply', (kind, there, absent) => {
  const help = commandHelp(restore, 100, kind)
  expect(help).toMatch(there)
  expect(help).not.toMatch(absent)
})

const kindsOf = [restore, backup, drill].flatMap(({ name, kinds = {} }) =>
  Object.keys(kinds).map((kind) => [name, kind] as const),
)

test.each(kindsOf)('the help of %s %s fits on two screens', async (name, kind) => {
  const command = await registry[name]?.load()
  const lines = command && commandHelp(command, 100, kind).split('\n').length
  expect(lines).toBeLessThan(name === 'backup' && kind === 'all' ? 120 : 100)
})

test('help without a kind shows the default kind', () => {
  expect(commandHelp(restore, 100)).toBe(commandHelp(restore, 100, 'platform'))
})

test('the help of a command lists shared flags, and the shared help describes each once', () => {
  expect(commandHelp(restore, 100)).toMatch(/^ {2}Signatures +--trusted-keys --sign-key$/m)
  expect(sharedHelp([restore, backup], 100).match(/--trusted-keys LINES/g)).toHaveLength(1)
})
