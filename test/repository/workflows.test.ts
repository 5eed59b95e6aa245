// Every workflow of this repository and every template for others: GitHub's language service and our own rules.
import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { workflowFindings } from '../simulator/checks/house-rules.ts'
import { languageFindings } from '../simulator/checks/language-service.ts'

const paths = globSync(['.github/workflows/*.{yml,yaml}', 'templates/**/*.{yml,yaml}']).sort()
const good = `on: push
permissions: {}
jobs:
  a:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    steps:
      - run: echo "$NAME"
        env: { NAME: '\${{ github.event.head_commit.message }}' }
`

test('there are workflows to look at', () => {
  expect(paths).not.toEqual([])
})

describe.each(paths)('%s', (path) => {
  const text = readFileSync(path, 'utf8')

  test('satisfies the language service', async () => {
    expect(await languageFindings('.', path, text)).toEqual([])
  })

  test('keeps the rules of the house', () => {
    expect(workflowFindings({ path, text })).toEqual([])
  })
})

describe('the rules of the house', () => {
  const sha = '3d3c42e5aac5ba805825da76410c181273ba90b1'
  const step = (text: string) => good.replace('    steps:\n', `    steps:\n${text.replace(/^/gm, '      ')}\n`)
  const job = (text: string) => `${good}${text.replace(/^/gm, '  ')}\n`

  test('find nothing in a good workflow', () => {
    expect(workflowFindings({ path: 'x.yml', text: good })).toEqual([])
  })

  test('let a template name our own release, and nothing else', () => {
    expect(
      workflowFindings({ path: 'templates/x.yml', text: step('- uses: OWNER/resguardo/actions/dump@v1') }),
    ).toEqual([])
    expect(workflowFindings({ path: 'x.yml', text: step('- uses: OWNER/resguardo@v1') })).toHaveLength(1)
    expect(workflowFindings({ path: 'templates/x.yml', text: step('- uses: OWNER/other@v1') })).toHaveLength(1)
  })

  test.each([
    ['a tag', step('- uses: owner/action@v1'), 'not pinned to a commit'],
    ['a commit without its version', step(`- uses: owner/action@${sha}`), 'does not say its version'],
    [
      'a called workflow at a branch',
      job('b:\n  uses: owner/repo/.github/workflows/x.yml@main'),
      'not pinned to a commit',
    ],
    ['no permissions', good.replace('permissions: {}\n', ''), 'permissions: of the workflow'],
    [
      'writing everywhere',
      good.replace('permissions: {}', 'permissions: { contents: write }'),
      'permissions: of the workflow',
    ],
    ['write-all', good.replace('permissions: {}', 'permissions: write-all'), 'permissions: of the workflow'],
    [
      'write-all of a job',
      good.replace('    timeout', '    permissions: write-all\n    timeout'),
      'must name what it needs',
    ],
    [
      'pull_request_target',
      good.replace('on: push', 'on: [push, pull_request_target]'),
      'pull_request_target must not',
    ],
    ['an event in a script', step("- run: echo '${{ github.event.issue.title }}'"), 'stands inside a script'],
    ['an input in a script', step("- run: echo '${{ inputs.name }}'"), 'stands inside a script'],
    ['an input by index in a script', step("- run: echo '${{ inputs[0] }}'"), 'stands inside a script'],
    ['a branch in a script', step("- run: echo '${{ github.head_ref }}'"), 'stands inside a script'],
    ['the whole event in a script', step("- run: echo '${{ toJSON(github) }}'"), 'stands inside a script'],
    ['a secret in a script', step("- run: echo '${{ secrets.KEY }}'"), 'stands inside a script'],
    [
      'an event in a script of github-script',
      step(`- uses: actions/github-script@${sha} # v8.0.0\n  with: { script: 'x("\${{ github.event.x }}")' }`),
      'stands inside a script',
    ],
    [
      'a signing key next to a checkout',
      step(
        `- uses: actions/checkout@${sha} # v7.0.1\n  with: { persist-credentials: false }\n- uses: ./actions/dump\n  with: { sign-key: '\${{ secrets.KEY }}' }`,
      ),
      'has the signing key',
    ],
    [
      'a group that cancels who waits',
      good.replace('permissions: {}', 'permissions: {}\nconcurrency: { group: x, cancel-in-progress: false }'),
      'queue: max is missing',
    ],
    [
      'a group that waits for an approval',
      good.replace(
        '    timeout',
        '    environment: production\n    concurrency: { group: x, queue: max }\n    timeout',
      ),
      'waits for the approval',
    ],
    ['no timeout', good.replace('    timeout-minutes: 5\n', ''), 'has no timeout-minutes'],
    ['a checkout that leaves its token', step(`- uses: actions/checkout@${sha} # v7.0.1`), 'persist-credentials'],
    [
      'secrets for another owner',
      job(`b:\n  uses: owner/repo/.github/workflows/x.yml@${sha} # v1\n  secrets: inherit`),
      'hands every secret',
    ],
    [
      'a required check with paths',
      good.replace('on: push', 'on: { merge_group: , pull_request: { paths: [db/**] } }'),
      'has paths:',
    ],
  ])('find %s', (_, text, message) => {
    const found = workflowFindings({ path: 'x.yml', text })
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(message)
  })
})

describe('the language service finds', () => {
  test.each([
    ['a key it does not know', good.replace('timeout-minutes', 'timeout-mins'), 'Unexpected value'],
    [
      'a context that is not there',
      good.replace('    timeout', '    if: ${{ secrets.X }}\n    timeout'),
      'Unrecognized named-value',
    ],
    [
      'an input that our action does not have',
      `${good}      - uses: ./actions/dump\n        with: { nothing: 1 }\n`,
      "input 'nothing'",
    ],
  ])('%s', async (_, text, message) => {
    expect((await languageFindings('.', '.github/workflows/x.yml', text)).join('\n')).toContain(message)
  })
})
