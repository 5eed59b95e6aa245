// Events in the simulator: which workflows start, from which commit, with which inputs, secrets and permissions.
import { describe, expect, test } from 'vitest'
import { jobOf, logOf, runOf } from '../../find.ts'
import { sandbox } from '../../sandbox.ts'
import type { TriggeredRuns } from '../../simulator.ts'

function echo(on: string, text: string, more = ''): string {
  return `${more}on: ${on}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n          echo "${text}"\n`
}

describe('push', () => {
  test('branch, tag and path filters decide', async () => {
    const { simulator, repository } = await sandbox({
      'branch.yml': echo('{ push: { branches: ["rel/**", "!rel/old"] } }', 'x'),
      'path.yml': echo('{ push: { paths: ["db/**.sql"] } }', 'x'),
      'tag.yml': echo('{ push: { tags: ["v*"] } }', 'x'),
    })
    await repository.commit({ 'db/a/b.sql': 'select' }, { branch: 'rel/1' })
    await repository.commit({ 'db/a.txt': 'text' }, { branch: 'rel/old' })
    await repository.tag('v1')
    const started = async (event: { branch?: string; tag?: string }) =>
      (await simulator.trigger({ event: 'push', ...event })).map(({ path }) => path.slice('.github/workflows/'.length))
    expect(await started({ branch: 'rel/1' })).toEqual(['branch.yml', 'path.yml'])
    expect(await started({ branch: 'rel/old' })).toEqual([])
    expect(await started({ tag: 'v1' })).toEqual(['path.yml', 'tag.yml'])
  })
})

describe('dispatch', () => {
  const file = echo(
    `
  workflow_dispatch:
    inputs:
      drill: { type: boolean, default: true }
      days: { type: number, default: 30 }
      kind: { type: choice, options: [platform, tenant] }
      name: { required: true }`,
    "${{ inputs.drill == true }} ${{ inputs.days }} ${{ inputs.kind }} ${{ inputs.name }} ${{ github.event.inputs.drill == 'true' }}",
  )

  test('inputs are typed, have defaults, and texts in the payload', async () => {
    const { simulator } = await sandbox({ 'a.yml': file })
    expect(logOf(jobOf(await simulator.dispatch('a.yml', { name: 'n' }), 'a'))).toBe('true 30 platform n true')
    expect(logOf(jobOf(await simulator.dispatch('a.yml', { name: 'n', drill: 'false', kind: 'tenant' }), 'a'))).toBe(
      'false 30 tenant n false',
    )
  })

  test.each([
    [{}, "Required input 'name' not provided"],
    [{ name: 'n', kind: 'other' }, "Provided value 'other' for input 'kind' not in the list of allowed values"],
    [{ name: 'n', days: 'many' }, "Input 'days': 'many' is not a number"],
    [{ name: 'n', dril: 'true' }, 'Unexpected inputs provided: ["dril"]'],
  ])('%j is refused', async (inputs, message) => {
    const { simulator } = await sandbox({ 'a.yml': file })
    await expect(simulator.dispatch('a.yml', inputs)).rejects.toThrow(message)
  })
})

describe('schedule', () => {
  test('inputs is null, so that inputs.x != false is false', async () => {
    const on =
      '{ schedule: [{ cron: "0 2 * * *", timezone: Europe/Madrid }], workflow_dispatch: { inputs: { drill: { type: boolean, default: true } } } }'
    const { simulator } = await sandbox({
      'a.yml': echo(on, '[${{ inputs.drill }}] ${{ inputs.drill != false }} ${{ github.event.schedule }}'),
    })
    const [run] = await simulator.trigger({ event: 'schedule' })
    expect(run && logOf(jobOf(run, 'a'))).toBe('[] false 0 2 * * *')
    expect(await simulator.trigger({ event: 'schedule', cron: '1 1 1 1 1' })).toEqual([])
  })
})

describe('pull requests', () => {
  const file = echo(
    'pull_request',
    '${{ github.event.pull_request.head.ref }} ${{ github.event_name }} [${{ secrets.KEY }}]',
    'permissions: { contents: read, statuses: write }\n',
  )
  const secrets = { KEY: 'very-secret' }

  test('run the merge of head and base, with the types opened, synchronize and reopened', async () => {
    const { simulator, repository } = await sandbox({ 'a.yml': file }, { secrets })
    await repository.commit({ 'new.txt': 'x' }, { branch: 'feature' })
    const pull = { number: 7, head: 'feature' }
    const [run] = await simulator.trigger({ event: 'pull_request', action: 'opened', pull })
    expect(run?.ref).toBe('refs/pull/7/merge')
    expect(run && logOf(jobOf(run, 'a'))).toBe('feature pull_request [***]')
    expect(await simulator.trigger({ event: 'pull_request', action: 'labeled', pull, label: 'x' })).toEqual([])
  })

  test('of forks and Dependabot have no secrets and a token that reads; their own workflow files count', async () => {
    const { simulator, repository } = await sandbox({ 'a.yml': file }, { secrets })
    const fork = await repository.fork('mallory')
    await fork.commit({ '.github/workflows/a.yml': file.replace('echo "', 'echo "changed ') }, { branch: 'evil' })
    const [run] = await simulator.trigger({
      event: 'pull_request',
      action: 'opened',
      pull: { number: 8, head: 'evil', from: fork },
    })
    await fork.remove()
    expect(run && logOf(jobOf(run, 'a'))).toBe('changed evil pull_request []')
    expect(run && jobOf(run, 'a').permissions).toEqual({ contents: 'read', statuses: 'read' })
    await repository.commit({}, { branch: 'bump' })
    const bump = { number: 9, head: 'bump', author: 'dependabot[bot]' }
    const [other] = await simulator.trigger({ event: 'pull_request', action: 'opened', pull: bump })
    expect(other && logOf(jobOf(other, 'a'))).toBe('bump pull_request []')
  })

  test('a merge group runs the merge under its own branch', async () => {
    const { simulator, repository } = await sandbox({
      'a.yml': echo('merge_group', '${{ github.event.merge_group.base_ref }}'),
    })
    await repository.commit({ 'new.txt': 'x' }, { branch: 'feature' })
    const [run] = await simulator.trigger({ event: 'merge_group', pull: { number: 7, head: 'feature' } })
    expect(run?.ref).toMatch(/^refs\/heads\/gh-readonly-queue\/main\/pr-7-[0-9a-f]{40}$/)
    expect(run && logOf(jobOf(run, 'a'))).toBe('refs/heads/main')
  })
})

describe('workflow_run', () => {
  test('a completed run starts what listens to it, with the default branch files, secrets, and the facts of the first', async () => {
    const listener = echo(
      '{ workflow_run: { workflows: [gate], types: [completed] } }',
      '${{ github.event.workflow_run.conclusion }} ${{ github.event.workflow_run.head_branch }} ${{ github.event.workflow_run.head_repository.full_name }} ${{ toJSON(github.event.workflow_run.pull_requests[0].number) }} [${{ secrets.KEY }}] ${{ github.ref }}',
    )
    const { simulator, repository } = await sandbox(
      { 'gate.yml': echo('pull_request', 'x', 'name: gate\n'), 'listen.yml': listener },
      { secrets: { KEY: 'very-secret' } },
    )
    const fork = await repository.fork('mallory')
    await fork.commit(
      { '.github/workflows/listen.yml': listener.replace('echo "', 'echo "changed ') },
      { branch: 'evil' },
    )
    await repository.commit({ 'x.txt': 'x' }, { branch: 'feature' })
    const own = await simulator.trigger({
      event: 'pull_request',
      action: 'opened',
      pull: { number: 7, head: 'feature' },
    })
    const foreign = await simulator.trigger({
      event: 'pull_request',
      action: 'opened',
      pull: { number: 8, head: 'evil', from: fork },
    })
    await fork.remove()
    expect(logOf(jobOf(runOf(own, 'listen.yml'), 'a'))).toBe('success feature acme/shop 7 [***] refs/heads/main')
    expect(logOf(jobOf(runOf(foreign, 'listen.yml'), 'a'))).toBe('success evil mallory/shop null [***] refs/heads/main')
  })
})

test('workflow_run hears of requested runs too, and chains at most three times', async () => {
  const listen = (name: string, to: string) =>
    echo(
      `{ workflow_run: { workflows: [${to}], types: [requested] } }`,
      '${{ github.event.action }}',
      `name: ${name}\n`,
    )
  const { simulator } = await sandbox({
    'a.yml': echo('push', 'x', 'name: first\n'),
    'b.yml': listen('second', 'first'),
    'c.yml': listen('third', 'second'),
    'd.yml': listen('fourth', 'third'),
    'e.yml': listen('fifth', 'fourth'),
  })
  const runs = await simulator.trigger({ event: 'push' })
  expect(runs.map(({ workflow }) => workflow)).toEqual(['first', 'second', 'third', 'fourth'])
  expect(logOf(jobOf(runOf(runs, 'b.yml'), 'a'))).toBe('requested')
})

describe('concurrency', () => {
  const slow = (more: string) =>
    echo('workflow_dispatch', 'x', `concurrency: { group: DB${more} }\n`).replace('echo "x"', 'exec sleep 0.5')
  const three = async (more: string) => {
    const { simulator } = await sandbox({ 'a.yml': slow(more) })
    const started: TriggeredRuns[] = []
    for (let i = 0; i < 3; i++) {
      started.push(await simulator.start({ event: 'workflow_dispatch', workflow: 'a.yml' }))
      await expect.poll(() => started[0]?.runs[0]?.result.jobs[0]?.started).toBeDefined()
    }
    return (await Promise.all(started.map(({ done }) => done))).flat().map(({ conclusion }) => conclusion)
  }

  test('the older pending run is cancelled even without cancel-in-progress', async () => {
    expect(await three('')).toEqual(['success', 'cancelled', 'success'])
  })

  test('queue: max loses none', async () => {
    expect(await three(', queue: max')).toEqual(['success', 'success', 'success'])
  })

  test('cancel-in-progress cancels the running one', async () => {
    expect(await three(', cancel-in-progress: true')).toEqual(['cancelled', 'cancelled', 'success'])
  })
})
