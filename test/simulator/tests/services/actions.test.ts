// Actions in the simulator: inputs, outputs, phases, composite actions, and actions of other repositories.
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { annotationsOf, logOf, stepOf } from '../../find.ts'
import { sandbox } from '../../sandbox.ts'
import { nodeAction, steps } from '../../single-job.ts'

describe('actions', () => {
  test('a node action gets inputs, defaults and state, and its post runs last', async () => {
    const files = {
      'act/action.yml': `name: act
description: act
inputs:
  first name: { description: d, default: Ann }
  greeting: { description: d, required: true }
outputs:
  said: { description: d }
runs: { using: node24, main: main.js, post: post.js }
`,
      'act/main.js': `const fs = require('fs'); const said = process.env.INPUT_GREETING + ' ' + process.env.INPUT_FIRST_NAME
fs.appendFileSync(process.env.GITHUB_OUTPUT, 'said=' + said + '\\n'); fs.appendFileSync(process.env.GITHUB_STATE, 'kept=' + said + '\\n')`,
      'act/post.js': 'console.log("post " + process.env.STATE_kept)',
    }
    const job = await steps(
      `- uses: actions/checkout@v7\n- uses: ./act\n  id: act\n  with: { Greeting: hello }\n- run: echo "\${{ steps.act.outputs.said }}"`,
      { files },
    )
    expect(logOf(job)).toMatch(/hello Ann\npost hello Ann$/)
  })

  test('an input that an action does not declare is an error', async () => {
    const job = await steps('- uses: $/act\n  with: { nothing: 1 }', {
      files: { 'act/action.yml': nodeAction('act'), 'act/main.js': '' },
    })
    expect(annotationsOf(job)[0]).toContain("Unexpected input 'nothing'")
  })

  test('without a checkout ./x is not there and $/x is', async () => {
    const files = { 'act/action.yml': nodeAction('act'), 'act/main.js': 'console.log("here")' }
    const job = await steps('- uses: ./act\n- uses: $/act\n  if: always()', { files })
    expect(job.steps.map(({ outcome }) => outcome)).toEqual(['failure', 'success'])
    expect(annotationsOf(job)[0]).toContain('Did you forget to run actions/checkout')
  })

  test('a composite action has its own steps, inputs and status, and gives outputs', async () => {
    const files = {
      'act/action.yml': `name: act
description: act
inputs: { who: { description: d, default: you } }
outputs: { said: { description: d, value: '\${{ steps.say.outputs.said }}' } }
runs:
  using: composite
  steps:
    - id: say
      shell: bash
      run: echo "said=hi \${{ inputs.who }}" >> "$GITHUB_OUTPUT"
    - run: exit 1
      shell: bash
      continue-on-error: true
    - run: echo "composite goes on"
      shell: bash
`,
    }
    const job = await steps(
      '- uses: $/act\n  id: act\n  with: { who: all }\n- run: echo "${{ steps.act.outputs.said }}"',
      {
        files,
      },
    )
    expect(job.result).toBe('success')
    expect(logOf(job)).toContain('composite goes on')
    expect(logOf(job)).toContain('hi all')
  })

  test('the pre of an action that is downloaded runs before the first step; in a checkout it is only warned about', async () => {
    const hooks = `name: act
description: act
runs: { using: node24, main: main.js, pre: pre.js, post: post.js, post-if: failure() }
`
    const files = {
      'act/action.yml': hooks,
      'act/pre.js': "require('fs').appendFileSync(process.env.GITHUB_STATE, 'seen=by pre\\n')",
      'act/main.js': 'console.log(process.env.STATE_seen)',
      'act/post.js': '',
    }
    const job = await steps('- run: echo first\n- uses: $/act\n  id: own', { files })
    expect(job.steps.map(({ phase, outcome }) => `${phase} ${outcome}`)).toEqual([
      'pre success',
      'main success',
      'main success',
      'post skipped',
    ])
    expect(stepOf(job, 'own').log).toEqual(['by pre'])
    const local = await steps('- uses: actions/checkout@v7\n- uses: ./act', { files })
    expect(annotationsOf(local)).toEqual(["warning: `pre` execution is not supported for local action from './act'"])
  })

  test('the steps of a composite action fail by themselves, and $/ in it is its own repository', async () => {
    const files = {
      'act/action.yml': `name: act
description: act
runs:
  using: composite
  steps:
    - run: exit 4
      shell: bash
    - uses: $/inner
      if: failure()
    - run: echo not
      shell: bash
`,
      'inner/action.yml': nodeAction('inner'),
      'inner/main.js': 'console.log("inner ran, " + process.env.GITHUB_ACTION_PATH.endsWith("/inner"))',
    }
    const job = await steps('- uses: $/act\n  id: act\n- run: echo after\n  if: failure()', { files })
    expect(stepOf(job, 'act').steps.map(({ outcome }) => outcome)).toEqual(['failure', 'success', 'skipped'])
    expect(logOf(job)).toContain('inner ran, true')
    expect(job.steps.map(({ outcome }) => outcome)).toEqual(['failure', 'success'])
    expect(annotationsOf(job)).toEqual(['error: Process completed with exit code 4.'])
  })

  test('an action in a folder stands in for a remote one, with its subfolders', async () => {
    const { repository } = await sandbox({
      'actions/dump/action.yml': nodeAction('dump'),
      'actions/dump/main.js': 'console.log("dumped")',
    })
    const folder = join(repository.folder, '..')
    const job = await steps('- uses: owner/resguardo/actions/dump@v1\n  id: dump', {
      options: { actions: { 'owner/resguardo': { folder } } },
    })
    expect(stepOf(job, 'dump').log).toEqual(['dumped'])
  })

  test('a remote action that nothing stands in for is an error', async () => {
    await expect(steps('- uses: some/action@v1')).rejects.toThrow('nothing stands in for this action')
  })
})
