// Agreement of the registry with the definitions of the commands.
import { expect, test } from 'vitest'
import { readArguments } from '../../src/hosts/cli/arguments.ts'
import { hostInputs } from '../../src/hosts/cli/host-inputs.ts'
import { fallbackText } from '../../src/inputs/describe.ts'
import { collectInputs, withEnvironment } from '../../src/inputs/parse.ts'
import { parseValue } from '../../src/inputs/value.ts'
import { registry } from '../../src/main/registry.ts'
import { lists } from '../support/lists.ts'

test.each(Object.keys(registry))('the registry has the name and the summary of %s', async (name) => {
  const command = await registry[name]?.load()
  expect(command?.name).toBe(name)
  expect(command?.summary).toBe(registry[name]?.summary)
  expect(command?.summary).toMatch(/^[A-Z].*[^.]$/)
})

test.each(Object.keys(registry))('%s redefines no shared input, and its defaults can be parsed', async (name) => {
  const { inputs = {}, positional } = (await registry[name]?.load()) ?? {}
  expect(Object.keys(inputs).filter((input) => input in hostInputs)).toEqual([])
  for (const input of positional ?? []) expect(inputs).toHaveProperty([input])
  for (const row of Object.values(inputs)) {
    const text = fallbackText(row)
    if (text !== undefined && row.kind !== 'lines') expect(parseValue(row, text)).toEqual({ value: row.fallback })
    expect(row.summary).toMatch(/^[^a-z]?.*[^.]$/)
    expect(row.summary).not.toMatch(/\{(kinds|addresses|defaults|others)\}/)
  }
})

test.each(Object.keys(registry))('the inputs of %s refer only to kinds that the command accepts', async (name) => {
  const { inputs = {}, kinds } = (await registry[name]?.load()) ?? {}
  if (!kinds) return
  expect(inputs.kind?.kind === 'choice' && [...inputs.kind.choices].sort()).toEqual(Object.keys(kinds).sort())
  for (const { onlyFor = [], help = {} } of Object.values(inputs))
    expect([...onlyFor, ...Object.keys(help)].filter((kind) => !(kind in kinds))).toEqual([])
})

test.each(Object.keys(registry))('all examples of %s are valid command lines', async (name) => {
  const command = await registry[name]?.load()
  for (const example of command?.examples ?? []) {
    const [first, ...words] = shellWords(example)
    expect(first).toBe(name)
    const given = readArguments(words, { ...hostInputs, ...command?.inputs }, command?.positional)
    const read = withEnvironment(given.read, {
      DATABASE_URL: 'postgresql://localhost/shop',
      REDIS_URL: 'redis://cache.example.com',
    })
    const { values, problems } = collectInputs(command?.inputs ?? {}, read)
    expect([...given.problems, ...problems, ...(command?.check?.(values, lists) ?? [])]).toEqual([])
  }
})

test.each([
  ['backup', ['tenant', '7'], '--tenant 7'],
  ['backup', ['--kind', 'tenant', 'a b'], "--tenant 'a b'"],
  ['restore', ['tenant', '20261124T020005Z', '7'], '--tenant 7'],
  ['restore', ['tenant', '7'], '--tenant 7'],
  ['backup', ['tenant'], 'resguardo tenants'],
  ['restore', ['tenant'], 'resguardo tenants'],
])('%s %j fails with a message that contains %s', async (name, words, told) => {
  const { inputs = {}, positional, check } = (await registry[name]?.load()) ?? {}
  const given = readArguments(words, inputs, positional)
  const { values } = collectInputs(inputs, withEnvironment(given.read, { DATABASE_URL: 'postgresql://localhost/shop' }))
  const [first] = [...given.problems, ...(check?.(values, lists) ?? [])]
  expect(first).toContain(told)
})

/** Words of a simple command line with quotes. */
function shellWords(line: string): string[] {
  const words = line.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? []
  return words.map((word) =>
    word.replaceAll(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ''),
  )
}
