// Every action of this repository: GitHub's language service, shellcheck, our own rules.
import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { actionFindings } from '../simulator/checks/house-rules.ts'
import { languageFindings } from '../simulator/checks/language-service.ts'
import { shellFindings } from '../simulator/checks/shellcheck.ts'
import { parseActionFile } from '../simulator/workflow-file.ts'

const paths = globSync(['action.yml', 'actions/*/action.yml']).sort()

const good = `name: a
description: a
inputs: { x: { description: x, default: '\${{ github.token }}' } }
runs: { using: node24, main: main.js }
`

test('there are actions to look at', () => {
  expect(paths).not.toEqual([])
})

describe.each(paths)('%s', (path) => {
  const text = readFileSync(path, 'utf8')

  test('satisfies the language service', async () => {
    expect(await languageFindings('.', path, text)).toEqual([])
  })

  test('has keys that the runner knows, and keeps the rules of the house', () => {
    parseActionFile(text, path)
    expect(shellFindings(path, text)).toEqual([])
    expect(actionFindings({ path, text })).toEqual([])
  })
})

describe('found are', () => {
  test.each([
    ['an unknown key', good.replace('using', 'usin'), 'usin'],
    ['another runtime', good.replace('node24', 'node12a'), 'node12a'],
    ['a context that an action does not have', good.replace('github.token', 'secrets.X'), 'secrets'],
  ])('%s', async (_, text, message) => {
    expect((await languageFindings('.', 'action.yml', text)).join('\n')).toContain(message)
  })

  test('an unknown key of an input', () => {
    expect(() =>
      parseActionFile(good.replace('default', 'defualt').replace('${{ github.token }}', 'x'), 'action.yml'),
    ).toThrow("unknown key 'defualt'")
  })

  test('an input inside a script of a composite action', () => {
    const text =
      "name: a\ndescription: a\nruns: { using: composite, steps: [{ shell: bash, run: 'echo ${{ inputs.x }}' }] }\n"
    expect(actionFindings({ path: 'action.yml', text })).toEqual([expect.stringContaining('stands inside a script')])
  })
})
