// Jobs in the simulator: needs, conditions, matrices, timeouts, environments, services.
import { describe, expect, test } from 'vitest'
import { annotationsOf, jobOf, logOf, resultsOf, runOf } from '../../find.ts'
import { sandbox } from '../../sandbox.ts'
import type { SimulatorOptions } from '../../world.ts'

async function runJobs(jobs: string, options: Partial<SimulatorOptions> = {}) {
  const { simulator } = await sandbox({ 'a.yml': `on: push\njobs:\n${jobs.replace(/^/gm, '  ')}\n` }, options)
  return { run: runOf(await simulator.trigger({ event: 'push' }), 'a.yml'), simulator }
}

function job(name: string, keys: string, script = 'true'): string {
  return `${name}:\n  runs-on: ubuntu-latest\n${keys === '' ? '' : `${keys.replace(/^/gm, '  ')}\n`}  steps: [{ run: '${script}' }]\n`
}

describe('needs', () => {
  test('a skipped job skips everything behind it, unless a status function asks: success() means all ancestors', async () => {
    const { run } = await runJobs(
      job('a', 'if: false') +
        job('b', 'needs: a\nif: always()') +
        job('c', 'needs: b') +
        job('d', "needs: [b]\nif: ${{ !failure() && needs.b.result == 'success' }}"),
    )
    expect(resultsOf(run)).toEqual({ a: 'skipped', b: 'success', c: 'skipped', d: 'success' })
    expect(run.conclusion).toBe('success')
  })

  test('failure() sees any ancestor, and an always() job reads needs.*.result', async () => {
    const { run } = await runJobs(
      job('a', '', 'exit 1') +
        job('b', 'needs: a') +
        job('c', 'needs: b\nif: failure()') +
        job('gate', 'needs: [a, b]\nif: always()', 'echo ${{ join(needs.*.result) }}'),
    )
    expect(resultsOf(run)).toEqual({ a: 'failure', b: 'skipped', c: 'success', gate: 'success' })
    expect(logOf(jobOf(run, 'gate'))).toBe('failure,skipped')
    expect(run.conclusion).toBe('failure')
  })

  test('continue-on-error: the check is red, the run green, and needs says success', async () => {
    const { run } = await runJobs(
      job('a', 'continue-on-error: true', 'exit 1') + job('b', 'needs: a', 'echo ${{ needs.a.result }}'),
    )
    expect(resultsOf(run)).toEqual({ a: 'failure', b: 'success' })
    expect([run.conclusion, logOf(jobOf(run, 'b'))]).toEqual(['success', 'success'])
  })
})

describe('matrices', () => {
  test('every combination runs under its own name', async () => {
    const { run } = await runJobs(
      job(
        'a',
        'strategy: { matrix: { x: [1, 2], y: [p], include: [{ x: 3, y: q }], exclude: [{ x: 2 }] } }',
        'echo ${{ matrix.x }}${{ matrix.y }}',
      ),
    )
    expect(run.jobs.map(({ name }) => name)).toEqual(['a (1, p)', 'a (3, q)'])
    expect(run.jobs.map(logOf)).toEqual(['1p', '3q'])
  })

  test('fail-fast cancels the others, fail-fast: false does not', async () => {
    const legs = (failFast: string) =>
      job('a', `strategy: { ${failFast}matrix: { x: ['exit 1', 'sleep 1'] } }`, '${{ matrix.x }}')
    expect(resultsOf((await runJobs(legs(''))).run)).toEqual({ 'a (exit 1)': 'failure', 'a (sleep 1)': 'cancelled' })
    expect(resultsOf((await runJobs(legs('fail-fast: false, '))).run)).toEqual({
      'a (exit 1)': 'failure',
      'a (sleep 1)': 'success',
    })
  })

  test('max-parallel: 1 runs one after the other', async () => {
    const { run } = await runJobs(job('a', 'strategy: { max-parallel: 1, matrix: { x: [1, 2] } }', 'sleep 0.2'))
    const [first, second] = run.jobs
    expect(second?.started ?? 0).toBeGreaterThanOrEqual(first?.ended ?? Number.POSITIVE_INFINITY)
  })
})

describe('the end of a job', () => {
  test('a job that takes too long is cancelled, and its always() steps run', async () => {
    const { run } = await runJobs(`a:
  runs-on: ubuntu-latest
  timeout-minutes: 0.4
  steps:
    - run: exec sleep 60
    - run: echo cleaned
      if: always()
`)
    expect(resultsOf(run)).toEqual({ a: 'cancelled' })
    expect(logOf(jobOf(run, 'a'))).toContain('cleaned')
    expect(annotationsOf(jobOf(run, 'a'))[0]).toContain('exceeded the maximum execution time of 0.4 minutes')
  })

  test('a cancelled run: waiting jobs are cancelled, always() jobs run', async () => {
    const { simulator } = await sandbox(
      {
        'a.yml': `on: push\njobs:\n${(
          job('a', '', 'echo ready; exec sleep 60') +
            job('b', 'needs: a') +
            job('c', 'needs: a\nif: always()', 'echo ${{ needs.a.result }}')
        ).replace(/^/gm, '  ')}`,
      },
      { onLine: (line) => line === 'ready' && live?.cancel() },
    )
    const happening = await simulator.start({ event: 'push' })
    const [live] = happening.runs
    const run = runOf(await happening.done, 'a.yml')
    expect(resultsOf(run)).toEqual({ a: 'cancelled', b: 'cancelled', c: 'success' })
    expect(logOf(jobOf(run, 'c'))).toBe('cancelled')
  })
})

describe('environments', () => {
  const deploy = job('a', 'environment: production', 'echo "[${{ secrets.KEY }}]"')

  test('their secrets are for jobs that name them, after approval', async () => {
    const environments = { production: { secrets: { KEY: 'production-key' }, approve: async () => true } }
    const { run } = await runJobs(deploy + job('b', '', 'echo "[${{ secrets.KEY }}]"'), { environments })
    expect([logOf(jobOf(run, 'a')), logOf(jobOf(run, 'b'))]).toEqual(['[***]', '[]'])
  })

  test('a rejected job never starts', async () => {
    const { run } = await runJobs(deploy, { environments: { production: { approve: () => false } } })
    expect([resultsOf(run), jobOf(run, 'a').steps]).toEqual([{ a: 'failure' }, []])
  })

  test('a branch that may not deploy is rejected', async () => {
    const { run } = await runJobs(deploy, { environments: { production: { branches: ['release/*'] } } })
    expect(annotationsOf(jobOf(run, 'a'))[0]).toContain('Branch "main" is not allowed to deploy to production')
  })

  test('one that is misspelt is created without protection', async () => {
    const { run, simulator } = await runJobs(deploy, { environments: { prodction: { approve: () => false } } })
    expect(resultsOf(run)).toEqual({ a: 'success' })
    expect([...simulator.world.createdEnvironments]).toEqual(['production'])
  })
})

describe('concurrency of jobs', () => {
  test('jobs of one group run one after the other', async () => {
    const grouped = (name: string) => job(name, 'concurrency: { group: db, queue: max }', 'sleep 0.2')
    const { run } = await runJobs(grouped('a') + grouped('b') + grouped('c'))
    const times = run.jobs.map(({ started = 0, ended = 0 }) => [started, ended] as const).sort(([a], [b]) => a - b)
    expect(resultsOf(run)).toEqual({ a: 'success', b: 'success', c: 'success' })
    for (const [index, [started]] of times.entries()) expect(started).toBeGreaterThanOrEqual(times[index - 1]?.[1] ?? 0)
  })
})

describe('services', () => {
  const keys = 'services: { db: { image: postgres:16, env: { POSTGRES_PASSWORD: x }, ports: [5432] } }'

  test('the test hands them in, and they stop with the job', async () => {
    const seen: unknown[] = []
    const startService: SimulatorOptions['startService'] = async (request) => {
      seen.push(request)
      return { ports: { '5432': '41234' }, stop: async () => void seen.push('stopped') }
    }
    const { run } = await runJobs(job('a', keys, 'echo ${{ job.services.db.ports[5432] }}'), { startService })
    expect(logOf(jobOf(run, 'a'))).toBe('41234')
    expect(seen).toEqual([{ job: 'a', name: 'db', image: 'postgres:16', env: { POSTGRES_PASSWORD: 'x' } }, 'stopped'])
  })

  test('without that they are an error, as containers are', async () => {
    await expect(runJobs(job('a', keys))).rejects.toThrow("services: db: no 'startService' was given")
    await expect(runJobs(job('a', 'container: node:24'))).rejects.toThrow('container: node:24: not supported')
  })
})

describe('what is not imitated is an error', () => {
  test.each([
    ['an unknown key of a job', job('a', 'tiemout-minutes: 3'), "Unexpected value 'tiemout-minutes'"],
    ['an unknown key of a step', 'a:\n  runs-on: x\n  steps: [{ run: x, shel: bash }]', "Unexpected value 'shel'"],
    ['a context that is not available', job('a', 'if: ${{ secrets.X }}'), "Unrecognized named-value: 'secrets'"],
    ['a cycle', job('a', 'needs: b') + job('b', 'needs: a'), 'at least one job with no dependencies'],
    ['another machine', 'a:\n  runs-on: windows-latest\n  steps: [{ run: x }]', 'windows-latest: not supported'],
    ['a background step', 'a:\n  runs-on: x\n  steps: [{ run: x, background: true }]', "Unexpected value 'background'"],
  ])('%s', async (_, jobs, message) => {
    await expect(runJobs(jobs)).rejects.toThrow(message)
  })
})
