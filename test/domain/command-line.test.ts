import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { commandLine } from '../../src/domain/command-line.ts'

test('flags that are on, repeated, and not given', () => {
  const flags = { 'dry-run': true, store: ['file:./a', 's3://b'], name: undefined, tenant: [] } as const
  expect(commandLine(['restore', 'latest'], flags)).toBe('resguardo restore latest --dry-run --store file:./a --store s3://b')
})

test.each(["it's", 'a b', '$(id)', '`id`', 'a\nb', '', '*', '~', '"Tenant"', '!', '-x', 'é'])(
  'a shell reads %j as one word',
  (text) => {
    const line = commandLine([], { tenant: text }).replace(/^resguardo /, '')
    expect(execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' })).toBe(`--tenant\0${text}\0`)
  },
)
