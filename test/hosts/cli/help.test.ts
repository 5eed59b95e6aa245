// Help is made from the tables, and fits the terminal.
import { expect, test } from 'vitest'
import { commandHelp, overviewHelp } from '../../../src/hosts/cli/help.ts'
import { sampleCommand } from './fake-host.ts'

const sample = sampleCommand(async () => ({ outputs: {}, lines: [], document: {} }))

test('a command shows its groups, flags, defaults, variables, exit codes and examples', () => {
  const help = commandHelp(sample, 100)
  expect(help).toContain('Usage: resguardo sample [KIND] [BACKUP] [--flags]')
  expect(help).toMatch(/^Database\n {2}--database-url SECRET +URL of the database \[environment: DATABASE_URL\]$/m)
  expect(help).toMatch(/--keep-last NUMBER +How many to keep \[default: 3\]/)
  expect(help).toMatch(/--\[no-\]source-counts +Count rows as well \[default: on\]/)
  expect(help).toMatch(/--store ADDRESS +Where backups live \[may be given several times\]/)
  expect(help).toMatch(/^ {2}130 +interrupted$/m)
  expect(help).toContain('Examples\n  resguardo sample --dry-run')
})

test.each([50, 80, 110])('no line is wider than %i columns', (width) => {
  const lines = `${commandHelp(sample, width)}${overviewHelp({ sample: { summary: 'x '.repeat(90).trim(), load: async () => sample } }, width)}`
  expect(lines.split('\n').filter((line) => line.length > width)).toEqual([])
})
