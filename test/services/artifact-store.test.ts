// The artifact store with GitHub's client library and a fake of GitHub's service: the contract of stores, with GitHub's
// limits, and behavior specific to artifacts.
import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { artifactName } from '../../src/stores/artifact/names.ts'
import { storeContract } from '../contracts/store-contract.ts'
import { type ResultsService, startResultsService } from '../simulator/results/results-service.ts'
import { forgetRuns, openInRun } from '../support/artifact-run.ts'
import { fakeClock } from '../support/fakes.ts'
import { collect, keysOf, readAll, sha256 } from '../support/store-reading.ts'

let shared: ResultsService
beforeAll(async () => {
  shared = await startResultsService()
})
afterAll(async () => {
  await shared?.close()
  forgetRuns()
})

storeContract(
  'the artifact store',
  async () => ({ store: openInRun(shared, shared.addRun()).store, severalParts: 20_000_000 }),
  {
    hidesUnfinished: 'GitHub lists only what was finalized, and drops the rest itself',
    mostObjects: { count: 120, why: 'a page has 100, and a job may make 500 artifacts' },
  },
)

describe('the artifact store', () => {
  let service: ResultsService
  beforeEach(async () => {
    service = await startResultsService()
  })
  afterEach(async () => {
    await service.close()
    forgetRuns()
  })

  const inRun = (...args: [changes?: Parameters<typeof openInRun>[2], settings?: Parameters<typeof openInRun>[3]]) =>
    openInRun(service, service.addRun(), ...args)
  const key = 'shop/20261124T020005Z-platform-scheduled-7f3a9c/dump.zst'

  async function write(store: ReturnType<typeof inRun>['store'], at: string, content: Buffer) {
    const writer = await store.openWriter(at)
    try {
      await writer.write(content)
      return await writer.finish()
    } finally {
      await writer.abort()
    }
  }

  test('what one run uploaded, raw and under a readable name, another run lists and reads', async () => {
    const content = randomBytes(9_000_000)
    expect(await write(inRun().store, key, content)).toEqual({ bytes: content.length, digestConfirmed: false })
    expect(service.artifacts).toMatchObject([
      { name: 'resguardo~shop~20261124T020005Z-platform-scheduled-7f3a9c~dump.zst' },
    ])
    expect(sha256([...service.blobs.contents.values()][0] ?? Buffer.alloc(0))).toBe(sha256(content))
    const { store } = inRun()
    expect(await keysOf(store, 'shop/')).toEqual([key])
    expect((await readAll(store, key, 8_999_990)).equals(content.subarray(8_999_990))).toBe(true)
  })

  test('the library says nothing on stdout except masks, and others still do', async () => {
    const printed: string[] = []
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0)
    try {
      const talking = setInterval(() => process.stdout.write('somebody else\n'), 5)
      await write(inRun().store, key, randomBytes(20_000_000))
      clearInterval(talking)
    } finally {
      spy.mockRestore()
    }
    const others = printed.filter((line) => line !== 'somebody else\n')
    expect(printed.length).toBeGreaterThan(others.length)
    expect(others.length).toBeGreaterThan(0)
    expect(others.filter((line) => !line.startsWith('::add-mask::'))).toEqual([])
  })

  test('a connection that breaks while a block goes up is taken up again', async () => {
    let cuts = 0
    service.instead = ({ method, path }) => {
      if (method !== 'PUT' || !path.includes('comp=block&') || cuts > 0) return undefined
      cuts += 1
      return 'cut'
    }
    const content = randomBytes(9_000_000)
    await write(inRun().store, key, content)
    expect(cuts).toBe(1)
    expect(sha256(await readAll(inRun().store, key))).toBe(sha256(content))
  })

  test('an upload that is given up leaves neither an artifact nor a staged file', async () => {
    const { store, temporary } = inRun()
    const signal = new AbortController()
    const writer = await store.openWriter(key, { signal: signal.signal })
    await writer.write(randomBytes(30_000_000))
    expect(readdirSync(temporary)).toHaveLength(1)
    const finishing = writer.finish()
    await vi.waitFor(() => expect(service.calls.some((call) => call.startsWith('PUT /blob/'))).toBe(true))
    signal.abort()
    await expect(finishing).rejects.toMatchObject({ code: 'interrupted' })
    await writer.abort()
    expect(readdirSync(temporary)).toEqual([])
    await vi.waitFor(() => expect(service.artifacts).toEqual([]), { timeout: 5000 })
  })

  test('another digest or size at GitHub than was sent is an integrity failure, and the artifact goes', async () => {
    for (const change of [{ digest: `sha256:${'0'.repeat(64)}` }, { bytes: 3 }]) {
      service.instead = ({ method, path }) => {
        const [artifact] = service.artifacts
        if (method === 'GET' && path.includes('/actions/artifacts?') && artifact?.id) Object.assign(artifact, change)
        return undefined
      }
      const failure = await write(inRun().store, key, randomBytes(5000)).catch((error: unknown) => error)
      expect(failure).toMatchObject({ code: 'store/upload-mismatch', message: expect.stringContaining(key) })
      expect(service.artifacts).toEqual([])
    }
  })

  test('GitHub keeps by trigger, or as long as the user says, and at most as the repository allows', async () => {
    const days = () => {
      const last = service.artifacts.at(-1)
      return Math.round(((last?.expires.getTime() ?? 0) - Date.now()) / 86_400_000)
    }
    const idOf = (trigger: string) => `shop/20261124T020005Z-platform-${trigger}-7f3a9c/suspect`
    for (const [trigger, expected] of Object.entries({ scheduled: 30, 'pre-migration': 90, manual: 90, safety: 7 })) {
      await inRun().store.create(idOf(trigger), Buffer.alloc(0))
      expect([trigger, days()]).toEqual([trigger, expected])
    }
    await inRun({}, { days: 3 }).store.create(idOf('scheduled').replace('7f3a9c', '000001'), Buffer.alloc(0))
    expect(days()).toBe(3)
    const short = inRun({ mostDays: 5 })
    await short.store.create(idOf('scheduled').replace('7f3a9c', '000002'), Buffer.alloc(0))
    expect(days()).toBe(5)
    expect(short.notes).toEqual([expect.stringContaining('for 5 days instead of 30')])
  })

  test('a name is taken once per run: the same bytes are done, others are refused', async () => {
    const { store } = inRun()
    await write(store, key, Buffer.from('one'))
    expect(await write(store, key, Buffer.from('one'))).toMatchObject({ bytes: 3 })
    await expect(write(store, key, Buffer.from('two'))).rejects.toMatchObject({
      code: 'artifact/name-taken',
      message: expect.stringContaining(key),
    })
    await write(inRun().store, key, Buffer.from('two'))
    expect((await readAll(inRun().store, key)).toString()).toBe('two')
    expect((await collect(inRun().store.list('')))[0]).toMatchObject({ key, bytes: 3 })
    expect(await collect(inRun().store.remove([key]))).toEqual([{ key, outcome: 'removed' }])
    expect(service.artifacts).toEqual([])
  })

  test('of two runs that create the same object at once, the later gives way', async () => {
    const { store } = inRun()
    const name = artifactName('shop/lock')
    let sneaked = false
    service.instead = ({ path }) => {
      if (path.endsWith('/CreateArtifact') && !sneaked) {
        sneaked = true
        service.addArtifact({ name, runId: service.addRun().id }, Buffer.from('theirs'))
      }
      return undefined
    }
    await expect(store.create('shop/lock', Buffer.from('ours'))).rejects.toMatchObject({ code: 'store/object-exists' })
    expect(service.artifacts).toHaveLength(1)
    expect((await readAll(store, 'shop/lock')).toString()).toBe('theirs')
  })

  test('an upload that broke off takes its name for the rest of the run', async () => {
    const run = service.addRun()
    service.addArtifact({ id: 0, name: artifactName('shop/x'), runId: run.id })
    await expect(openInRun(service, run).store.create('shop/x', Buffer.from('x'))).rejects.toMatchObject({
      code: 'store/object-exists',
    })
  })

  const refusals: [string, { status: number; body: unknown }, string][] = [
    [
      'the quota',
      { status: 403, body: { msg: 'Artifact storage quota has been hit. Unable to upload' } },
      'artifact/quota-exceeded',
    ],
    ['the token of the job', { status: 401, body: { msg: 'expired' } }, 'github/bad-token'],
    ['a bad request', { status: 400, body: { msg: 'no such thing' } }, 'github/unavailable'],
  ]
  test.each(refusals)('an upload that GitHub refuses for %s is told', async (_, answer, code) => {
    service.instead = ({ path }) => (path.endsWith('/CreateArtifact') ? answer : undefined)
    const { store, temporary } = inRun()
    const failure = await write(store, key, Buffer.from('x')).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code, hint: expect.stringMatching(/\w/) })
    expect(service.artifacts).toEqual([])
    expect(readdirSync(temporary)).toEqual([])
  })

  test('a job that has made as many artifacts as it may is told so', async () => {
    service.mostPerJob = 1
    const { store } = inRun()
    await store.create('shop/a', Buffer.from('a'))
    await expect(store.create('shop/b', Buffer.from('b'))).rejects.toMatchObject({
      code: 'artifact/too-many',
      hint: expect.stringContaining('500'),
    })
  })

  test('an artifact that is listed a little later is waited for', async () => {
    let hidden = 3
    service.instead = ({ method, path }) => {
      if (method === 'GET' && path.includes('artifacts?') && service.artifacts.some(({ id }) => id > 0) && hidden > 0) {
        hidden -= 1
        return { status: 200, body: { total_count: 0, artifacts: [] } }
      }
      return undefined
    }
    const clock = fakeClock()
    await write(inRun({}, { clock }).store, key, Buffer.from('x'))
    expect(clock.slept).toEqual([0.5, 1, 2])
  })
})
