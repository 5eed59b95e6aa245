// Steps in the simulator: shells, variables, outputs, masks, failures, cancellation.
import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { annotationsOf, jobOf, logOf, resultsOf, runOf, stepOf, summaryOf } from '../../find.ts'
import { sandbox } from '../../sandbox.ts'
import { nodeAction, steps, workflow } from '../../single-job.ts'

describe('variables', () => {
  test('GITHUB_ENV, GITHUB_PATH and outputs reach the steps that follow, and env layers win from the inside', async () => {
    const job = await steps(
      `- run: |
    echo "A=from file" >> "$GITHUB_ENV"
    mkdir -p "$HOME/bin"; printf '#!/bin/sh\\necho tool' > "$HOME/bin/tool"; chmod +x "$HOME/bin/tool"; echo "$HOME/bin" >> "$GITHUB_PATH"
    echo "x=1" >> "$GITHUB_OUTPUT"
  id: first
- run: echo "$A $B $C $(tool) \${{ steps.first.outputs.x }}"
  env: { B: step }`,
      { job: '    env: { A: job, B: job, C: job }\n' },
    )
    expect(logOf(job)).toContain('from file step job tool 1')
  })

  test('nothing of the machine that runs the tests is there, and GITHUB_* cannot be changed', async () => {
    process.env.SIMULATOR_CANARY = 'leak'
    const job = await steps(`- run: env\n  env: { GITHUB_SHA: mine }`)
    delete process.env.SIMULATOR_CANARY
    expect(logOf(job)).not.toContain('leak')
    expect(logOf(job)).toMatch(/GITHUB_SHA=[0-9a-f]{40}/)
  })

  test('tokens of the runtime reach actions and not scripts', async () => {
    const action = {
      'show/action.yml': nodeAction('show'),
      'show/main.js': 'console.log(Object.keys(process.env).join(" "))',
    }
    const uses = `- run: env\n- uses: actions/checkout@v7\n- uses: ./show\n  id: show`
    const job = await steps(uses, { files: action })
    expect(job.steps[0]?.log.join('\n')).not.toContain('ACTIONS_RUNTIME_TOKEN')
    expect(stepOf(job, 'show').log.join(' ')).toContain('ACTIONS_RUNTIME_TOKEN')
    expect(stepOf(job, 'show').log.join(' ')).not.toContain('ACTIONS_ID_TOKEN_REQUEST_URL')
  })

  test('the ID token is for jobs with id-token: write', async () => {
    const files = {
      'show/action.yml': nodeAction('show'),
      'show/main.js': 'console.log(process.env.ACTIONS_ID_TOKEN_REQUEST_URL)',
    }
    const job = await steps('- uses: $/show\n  id: show', {
      files,
      options: { idTokenUrl: 'http://127.0.0.1:1/token' },
      job: '    permissions: { id-token: write }\n',
    })
    expect(stepOf(job, 'show').log).toEqual(['http://127.0.0.1:1/token'])
  })
})

describe('failures', () => {
  test('after a failure only steps run whose condition asks for it', async () => {
    const job = await steps(`- run: exit 3
  id: bad
- run: echo no
- run: echo yes
  if: failure()
- run: echo always
  if: always() && steps.bad.outcome == 'failure'`)
    expect(job.steps.map(({ outcome }) => outcome)).toEqual(['failure', 'skipped', 'success', 'success'])
    expect(job.result).toBe('failure')
    expect(annotationsOf(job)).toEqual(['error: Process completed with exit code 3.'])
  })

  test('continue-on-error keeps the outcome and forgives the conclusion', async () => {
    const job = await steps(
      `- run: exit 1\n  id: bad\n  continue-on-error: true\n- run: echo "\${{ steps.bad.outcome }} \${{ steps.bad.conclusion }}"`,
    )
    expect(logOf(job)).toContain('failure success')
    expect(job.result).toBe('success')
  })

  test('a pipe fails in shell: bash and not in the default shell', async () => {
    const job = await steps(`- run: "false | true"\n- run: "false | true"\n  shell: bash`)
    expect(job.steps.map(({ outcome }) => outcome)).toEqual(['success', 'failure'])
  })

  test('an output file that cannot be read fails the step', async () => {
    const job = await steps(`- run: echo nonsense >> "$GITHUB_OUTPUT"`)
    expect(annotationsOf(job)[0]).toContain(
      "Unable to process file command 'output' successfully. Invalid format 'nonsense'",
    )
  })

  test('a step that takes too long is ended and has failed', async () => {
    const job = await steps(`- run: sleep 60\n  timeout-minutes: 0.3\n- run: echo after\n  if: failure()`)
    expect(job.steps.map(({ outcome }) => outcome)).toEqual(['failure', 'success'])
    expect(annotationsOf(job)[0]).toContain('has timed out after 0.3 minutes')
  })
})

describe('masks', () => {
  test('secrets and add-mask read *** in logs, also in base64, and outputs that contain one are dropped', async () => {
    const { simulator } = await sandbox(
      {
        'a.yml': `on: push
jobs:
  a:
    runs-on: ubuntu-latest
    outputs: { path: '\${{ steps.s.outputs.path }}', kept: '\${{ steps.s.outputs.kept }}' }
    steps:
      - id: s
        env: { PASSWORD: '\${{ secrets.PASSWORD }}' }
        run: |
          echo "::add-mask::extra"
          echo "$PASSWORD extra $(printf %s "$PASSWORD" | base64)"
          echo "path=/var/postgres/x" >> "$GITHUB_OUTPUT"
          echo "kept=yes" >> "$GITHUB_OUTPUT"
  b:
    needs: a
    runs-on: ubuntu-latest
    steps:
      - run: echo "[\${{ needs.a.outputs.path }}] [\${{ needs.a.outputs.kept }}] extra"
`,
      },
      { secrets: { PASSWORD: 'postgres' } },
    )
    const run = runOf(await simulator.trigger({ event: 'push' }), 'a.yml')
    expect(logOf(jobOf(run, 'a'))).toBe('*** *** ***')
    expect(logOf(jobOf(run, 'b'))).toBe('[] [yes] extra')
    expect(annotationsOf(jobOf(run, 'a'))).toEqual(["warning: Skip output 'path' since it may contain secret."])
  })
})

describe('summaries', () => {
  test('one above a mebibyte vanishes, with an error that fails nothing', async () => {
    const job = await steps(
      `- run: echo "# small" >> "$GITHUB_STEP_SUMMARY"\n- run: head -c 1100000 /dev/zero >> "$GITHUB_STEP_SUMMARY"`,
    )
    expect(summaryOf(job)).toBe('# small\n')
    expect(annotationsOf(job)[0]).toContain('supports content up to a size of 1024k')
    expect(job.result).toBe('success')
  })
})

describe('cancellation', () => {
  test('SIGINT first, then SIGTERM, then the end; always() and cancelled() steps still run', async () => {
    const { simulator } = await sandbox(
      {
        'a.yml': workflow(`- run: |
    exec node -e '
      for (const s of ["SIGINT", "SIGTERM"]) process.on(s, () => console.log(s))
      setInterval(() => {}, 1000); console.log("ready")'
- run: echo not
- run: echo cancelled
  if: cancelled()
- run: echo always
  if: always()`),
      },
      { onLine: (line) => line === 'ready' && setTimeout(() => live?.cancel(), 20) },
    )
    const happening = await simulator.start({ event: 'push' })
    const [live] = happening.runs
    const [run] = await happening.done
    if (run === undefined) throw new Error('nothing ran')
    const job = jobOf(run, 'a')
    expect(job.steps[0]?.log).toEqual(['ready', 'SIGINT', 'SIGTERM', '##[error]The operation was canceled.'])
    expect(job.steps.map(({ outcome }) => outcome)).toEqual(['cancelled', 'skipped', 'success', 'success'])
    expect([run.conclusion, resultsOf(run)]).toEqual(['cancelled', { a: 'cancelled' }])
  })

  test('what ignores every signal is killed with what it started', async () => {
    const script = `- run: |
    trap '' INT TERM
    echo ready
    while true; do sleep 0.1; done`
    const { simulator } = await sandbox(
      { 'a.yml': workflow(script) },
      { onLine: (line) => line === 'ready' && live?.cancel() },
    )
    const happening = await simulator.start({ event: 'push' })
    const [live] = happening.runs
    const [run] = await happening.done
    expect(run?.conclusion).toBe('cancelled')
  })

  test('steps that run after the cancellation end with cancel-timeout-minutes', async () => {
    const script = '- run: echo ready; exec sleep 60\n- run: exec sleep 60\n  if: always()'
    const { simulator } = await sandbox(
      { 'a.yml': workflow(script, '    cancel-timeout-minutes: 0.3\n') },
      { onLine: (line) => line === 'ready' && live?.cancel() },
    )
    const happening = await simulator.start({ event: 'push' })
    const [live] = happening.runs
    const [run] = await happening.done
    expect(run?.jobs[0]?.steps.map(({ outcome }) => outcome)).toEqual(['cancelled', 'cancelled'])
  })

  test('what a step left running ends with its job', async () => {
    const job = await steps('- run: |\n    sleep 300 > /dev/null 2>&1 &\n    echo "$!"')
    const pid = job.steps[0]?.log[0]
    // A zombie process has no command line.
    const ended = async () => (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')) === ''
    await expect.poll(ended).toBe(true)
  })
})
