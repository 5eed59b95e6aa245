// Called workflows in the simulator: inputs, secrets, outputs and permissions, and the repository they come from.
import { describe, expect, test } from 'vitest'
import { jobOf, logOf, resultsOf, runOf } from '../../find.ts'
import { sandbox } from '../../sandbox.ts'

describe('called workflows', () => {
  const called = `on:
  workflow_call:
    inputs: { who: { type: string, required: true }, count: { type: number, default: 2 } }
    secrets: { key: { required: true } }
    outputs: { said: { value: '\${{ jobs.inner.outputs.said }}' } }
jobs:
  inner:
    runs-on: ubuntu-latest
    permissions: { contents: read }
    outputs: { said: '\${{ steps.s.outputs.said }}' }
    steps:
      - id: s
        run: |
          echo "\${{ inputs.who }} \${{ inputs.count }} [\${{ secrets.key }}] [\${{ secrets.OTHER }}] \${{ github.event_name }} \${{ github.workflow }}"
          echo "said=done" >> "$GITHUB_OUTPUT"
`
  const caller = (job: string) =>
    `name: outer\non: push\npermissions: { contents: read }\njobs:\n  call:\n    uses: ./.github/workflows/called.yml\n${job}`
  const secrets = { KEY: 'first-secret', OTHER: 'other-secret' }

  test('get inputs and secrets, give outputs, and name their checks after both', async () => {
    const job = `    with: { who: me }\n    secrets: { key: '\${{ secrets.KEY }}' }\n  after:\n    needs: call\n    runs-on: ubuntu-latest\n    steps: [{ run: 'echo \${{ needs.call.outputs.said }} \${{ needs.call.result }}' }]\n`
    const { simulator } = await sandbox({ 'a.yml': caller(job), 'called.yml': called }, { secrets })
    const run = runOf(await simulator.trigger({ event: 'push' }), 'a.yml')
    expect(jobOf(run, 'call/inner').name).toBe('call / inner')
    expect(logOf(jobOf(run, 'call/inner'))).toBe('me 2 [***] [] push outer')
    expect(logOf(jobOf(run, 'after'))).toBe('done success')
    expect(resultsOf(run)).toEqual({ 'call/inner': 'success', after: 'success' })
  })

  test.each([
    ['    with: { who: me }\n    secrets: { nope: x }\n', 'Invalid secret, nope is not defined'],
    ['    with: { who: me }\n', 'Secret key is required'],
    ['    secrets: inherit\n', "Required input 'who' not provided"],
    [
      '    with: { who: me }\n    secrets: inherit\n    permissions: {}\n',
      "the nested job 'inner' is requesting 'contents: read', but is only allowed 'contents: none'",
    ],
  ])('%j is refused', async (job, message) => {
    const { simulator } = await sandbox({ 'a.yml': caller(job), 'called.yml': called }, { secrets })
    await expect(simulator.trigger({ event: 'push' })).rejects.toThrow(message)
  })

  test('of another repository see the caller in ./ and themselves in $/', async () => {
    const text = (name: string) => ({
      'act/action.yml': 'name: a\ndescription: a\nruns: { using: node24, main: main.js }\n',
      'act/main.js': `console.log("${name}")`,
    })
    const lib = await sandbox(
      {
        'w.yml':
          'on: workflow_call\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps: [{ uses: actions/checkout@v7 }, { uses: ./act }, { uses: $/act }]\n',
        ...text('library'),
      },
      {},
      { fullName: 'acme/library' },
    )
    const { simulator } = await sandbox(
      { 'a.yml': 'on: push\njobs:\n  call: { uses: acme/library/.github/workflows/w.yml@main }\n', ...text('caller') },
      { repositories: [lib.repository] },
    )
    const run = runOf(await simulator.trigger({ event: 'push' }), 'a.yml')
    expect(
      jobOf(run, 'call/a')
        .steps.filter(({ phase }) => phase === 'main')
        .map(({ log }) => log),
    ).toEqual([[expect.stringContaining('HEAD is now at')], ['caller'], ['library']])
  })
})
