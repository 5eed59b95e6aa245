import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { commandLine } from '../../../src/domain/text/command-line.ts'
import { readArguments } from '../../../src/hosts/cli/arguments.ts'
import { inputTable } from '../../../src/inputs/kinds.ts'

test('the command line contains set and repeated flags and omits unset ones', () => {
  const flags = { 'dry-run': true, store: ['file:./a', 's3://b'], name: undefined, tenant: [] } as const
  expect(commandLine(['restore', 'latest'], flags)).toBe(
    'resguardo restore latest --dry-run --store file:./a --store s3://b',
  )
})

test.each(["it's", 'a b', '$(id)', '`id`', 'a\nb', '', '*', '~', '"Tenant"', '!', '-x', 'é'])(
  'a shell parses %j as one word',
  (text) => {
    const line = commandLine([], { tenant: text }).replace(/^resguardo /, '')
    expect(execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' })).toBe(`--tenant\0${text}\0`)
  },
)

test.each(['--dry-run', '--', '--x=y', "--it's", '-x', '5'])(
  'the value %j is parsed as a value, not as a flag',
  (text) => {
    const tenant = { kind: 'lines', summary: '' } as const
    const dryRun = { kind: 'flag', summary: '', fallback: false } as const
    const table = inputTable({ tenant, 'dry-run': dryRun })
    const line = commandLine([], { tenant: [text, 'last'] }).replace(/^resguardo /, '')
    const words = execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' })
      .split('\0')
      .slice(0, -1)
    const { problems, read } = readArguments(words, table)
    expect(problems).toEqual([])
    expect(read('tenant', tenant)).toMatchObject({ text: [text, 'last'] })
    expect(read('dry-run', dryRun)).toBeUndefined()
  },
)
