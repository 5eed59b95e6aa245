// Reading an artifact store: which artifacts count, and which operations are permitted where.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { artifactName } from '../../src/stores/artifact/names.ts'
import { openArtifactStore } from '../../src/stores/artifact/store.ts'
import type { FakeRun } from '../simulator/results/results-service.ts'
import { type ResultsService, startResultsService } from '../simulator/results/results-service.ts'
import { forgetRuns, openFromTerminal, openInRun } from '../support/artifact-run.ts'
import { fakeClock } from '../support/fakes.ts'
import { collect, keysOf, readAll } from '../support/store-reading.ts'

let service: ResultsService
beforeEach(async () => {
  service = await startResultsService()
})
afterEach(async () => {
  await service.close()
  forgetRuns()
})

const name = artifactName('shop/dump')
const restCalls = () => service.calls.filter((call) => call.includes('/repos/'))

describe('whose artifacts count', () => {
  const foreign: [string, Partial<FakeRun>][] = [
    ["a fork's pull request", { event: 'pull_request', headRepository: 666, branch: 'feature' }],
    ['a fork whose branch is called like ours', { event: 'pull_request', headRepository: 666 }],
    ["a fork's run of an event that we trust", { event: 'push', headRepository: 666 }],
    ['another branch', { event: 'workflow_dispatch', branch: 'feature' }],
    ['a pull request of this repository', { event: 'pull_request', branch: 'feature' }],
    ['pull_request_target, which GitHub files under the default branch', { event: 'pull_request_target' }],
    ['a comment', { event: 'issue_comment' }],
    ['the merge queue', { event: 'merge_group', branch: 'gh-readonly-queue/main/pr-1-abc' }],
  ]
  test.each(foreign)('not one of %s: it is neither listed nor read nor removed', async (_, run) => {
    service.addArtifact({ name, runId: service.addRun(run).id }, Buffer.from('theirs'))
    const { store } = openInRun(service, service.addRun())
    expect(await keysOf(store, '')).toEqual([])
    expect(await store.readUnverified('shop/dump')).toBeUndefined()
    await collect(store.remove(['shop/dump']))
    expect(service.artifacts).toHaveLength(1)
    await store.create('shop/dump', Buffer.from('ours'))
    expect((await readAll(store, 'shop/dump')).toString()).toBe('ours')
  })

  test.each(['schedule', 'workflow_dispatch', 'repository_dispatch', 'workflow_run', 'push'])(
    'one of %s on the default branch counts',
    async (event) => {
      service.addArtifact({ name, runId: service.addRun({ event }).id }, Buffer.from('ours'))
      expect((await readAll(openInRun(service, service.addRun()).store, 'shop/dump')).toString()).toBe('ours')
    },
  )

  test('those of the branch that we run on count as well, and those of this very run whatever it is', async () => {
    const branch = 'feature'
    service.addArtifact({ name, runId: service.addRun({ branch, event: 'workflow_dispatch' }).id })
    const own = service.addRun({ branch, event: 'pull_request', headRepository: 666 })
    service.addArtifact({ name: artifactName('shop/own'), runId: own.id })
    expect(await keysOf(openInRun(service, own).store, '')).toEqual(['shop/dump', 'shop/own'])
    expect(await keysOf(openInRun(service, service.addRun()).store, '')).toEqual([])
  })

  test('where workflows are named, those of another one do not', async () => {
    const path = '.github/workflows/build.yml'
    service.addArtifact({ name, runId: service.addRun({ path }).id })
    const elsewhere = service.addRun({ path: 'acme/policies/.github/workflows/backup.yml@main' })
    service.addArtifact({ name: artifactName('shop/elsewhere'), runId: elsewhere.id })
    service.addArtifact({ name: artifactName('shop/ours'), runId: service.addRun().id })
    const { store } = openInRun(
      service,
      service.addRun({ path: '.github/workflows/restore.yml' }),
      {},
      { workflows: ['backup.yml', 'drill.yml'] },
    )
    expect(store.address).toBe('artifact:backup.yml+drill.yml')
    expect(await keysOf(store, '')).toEqual(['shop/ours'])
  })

  test('not one whose run is gone, that has expired, or that has another name', async () => {
    const { id: runId } = service.addRun()
    service.addArtifact({ name, runId: 1 })
    service.addArtifact({ name, runId, expired: true })
    service.addArtifact({ name: 'coverage', runId })
    service.addArtifact({ name: name.toUpperCase(), runId })
    const { store } = openInRun(service, service.addRun())
    expect(await keysOf(store, '')).toEqual([])
    expect(await store.readUnverified('shop/dump')).toBeUndefined()
  })

  test('runs are asked about once, those of one workflow together, and none for names that are not ours', async () => {
    const runs = Array.from({ length: 40 }, () => service.addRun())
    runs.push(service.addRun({ headRepository: 666 }))
    for (const { id: runId } of runs)
      for (const part of ['a', 'b']) service.addArtifact({ name: artifactName(`${runId}/${part}`), runId })
    service.addArtifact({ name: 'coverage', runId: service.addRun({ path: 'other.yml' }).id })
    const { store } = openInRun(service, service.addRun(), { defaultBranch: 'main' })
    for (let n = 0; n < 3; n += 1) expect(await keysOf(store, '')).toHaveLength(80)
    expect(restCalls().filter((call) => /artifacts/.test(call))).toHaveLength(3)
    expect(restCalls().filter((call) => !/artifacts/.test(call))).toEqual([
      expect.stringContaining('/actions/runs/'),
      expect.stringContaining('/actions/runs/'),
      expect.stringMatching(/\/actions\/workflows\/\d+\/runs\?branch=main&per_page=100$/),
    ])
  })

  test('a lookup that failed is not remembered', async () => {
    service.addArtifact({ name, runId: service.addRun().id })
    const { store } = openInRun(service, service.addRun())
    service.instead = () => ({ status: 403 })
    await expect(keysOf(store, '')).rejects.toMatchObject({ code: 'github/forbidden' })
    service.instead = ({ path }) => (path.includes('/runs/') ? { status: 401 } : undefined)
    await expect(keysOf(store, '')).rejects.toMatchObject({ code: 'github/bad-token' })
    service.instead = undefined
    expect(await keysOf(store, '')).toEqual(['shop/dump'])
  })
})

describe('what may be done from where', () => {
  const shut: [string, () => void][] = [
    ['a public repository', () => Object.assign(service.repository, { visibility: 'public' })],
    ['a repository of a visibility nobody knows', () => Object.assign(service.repository, { visibility: 'odd' })],
  ]
  test.each(shut)('in %s nothing is written: anybody could download it', async (_, shutIt) => {
    shutIt()
    const { store } = openInRun(service, service.addRun())
    const refused = { code: 'artifact/public-repository', hint: expect.stringContaining('s3://') }
    await expect(store.check(true)).rejects.toMatchObject(refused)
    await expect(store.openWriter('shop/dump')).rejects.toMatchObject(refused)
    await expect(store.create('shop/x', Buffer.from('x'))).rejects.toMatchObject(refused)
    await store.check(false)
    expect(service.artifacts).toEqual([])
  })

  test('an internal repository is written to with a warning of who can read', async () => {
    const { store, notes } = openInRun(service, service.addRun(), { visibility: 'internal' })
    await store.check(true)
    expect(notes).toEqual([expect.stringContaining('Everybody in the enterprise')])
  })

  test('a terminal reads and removes, and cannot write', async () => {
    service.addArtifact({ name, runId: service.addRun().id }, Buffer.from('ours'))
    const store = openFromTerminal(service)
    await store.check(false)
    expect(await keysOf(store, '')).toEqual(['shop/dump'])
    expect((await readAll(store, 'shop/dump')).toString()).toBe('ours')
    const unable = {
      code: 'artifact/not-in-actions',
      hint: expect.stringContaining('s3://'),
    }
    await expect(store.check(true)).rejects.toMatchObject(unable)
    await expect(store.openWriter('shop/x')).rejects.toMatchObject(unable)
    await collect(store.remove(['shop/dump']))
    expect(service.artifacts).toEqual([])
  })

  test.each(['https://github.acme.example', 'https://notgithub.com', ''])(
    'GitHub Enterprise Server (%s) is said not to work',
    (serverUrl) => {
      const github = { repository: 'acme/shop', apiUrl: service.url, serverUrl, uploads: true }
      const open = () =>
        openArtifactStore({ github, token: 'x', workflows: [], temporary: '/none' }, { clock: fakeClock() })
      expect(open).toThrow(expect.objectContaining({ code: 'artifact/enterprise-server' }))
    },
  )

  test('a token that may not read, or not delete, is told which permission it lacks', async () => {
    service.addArtifact({ name, runId: service.addRun().id })
    const { store } = openInRun(service, service.addRun())
    service.actions = 'none'
    await expect(store.check(false)).rejects.toMatchObject({
      code: 'github/forbidden',
      hint: expect.stringContaining('actions: read'),
    })
    service.actions = 'read'
    await store.check(true)
    await expect(collect(store.remove(['shop/dump']))).rejects.toMatchObject({
      code: 'github/forbidden',
      hint: expect.stringContaining('actions: write'),
    })
    await expect(openFromTerminal(service, { token: 'expired' }).check(false)).rejects.toMatchObject({
      code: 'github/bad-token',
    })
  })
})
