// Downloads from an artifact store: connections that break, and bytes that are not those listed.
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { artifactName } from '../../src/stores/artifact/names.ts'
import { type ResultsService, startResultsService } from '../simulator/results/results-service.ts'
import { forgetRuns, openFromTerminal, openInRun } from '../support/artifact-run.ts'
import { fakeClock } from '../support/fakes.ts'
import { realClock } from '../support/real-clock.ts'
import { readAll, sha256 } from '../support/store-reading.ts'

let service: ResultsService
beforeEach(async () => {
  service = await startResultsService()
})
afterEach(async () => {
  await service.close()
  forgetRuns()
})

const name = artifactName('shop/dump')

describe('downloads', () => {
  const content = randomBytes(3_000_000)
  const given = (more: object = {}) => service.addArtifact({ name, runId: service.addRun().id, ...more }, content)

  test('a connection that breaks is taken up where it broke, with a fresh URL', async () => {
    given()
    service.blobs.cutAfter = 1_000_000
    const notes: string[] = []
    const clock = fakeClock()
    const read = await readAll(openFromTerminal(service, { clock, notes }), 'shop/dump', 5)
    expect(sha256(read)).toBe(sha256(content.subarray(5)))
    expect(clock.slept).toHaveLength(1)
    expect(notes).toEqual([expect.stringMatching(/connection was lost .* Trying again/)])
    expect(service.calls.filter((call) => call.endsWith('/zip'))).toHaveLength(2)
    expect(notes.join()).not.toContain('downloadSignature')
  })

  test('one that breaks every time is a failure that tells no signature', async () => {
    given()
    service.instead = ({ path }) => (path.startsWith('/blob/') ? 'cut' : undefined)
    const failure = await readAll(openFromTerminal(service), 'shop/dump').catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'github/unavailable' })
    expect(JSON.stringify([String(failure), (failure as Error).cause])).not.toContain('downloadSignature')
    expect(service.calls.filter((call) => call.startsWith('GET /blob/'))).toHaveLength(5)
  })

  test.each(['before', 'in the middle of'])(
    'a server that stops sending %s the bytes causes a failure within the limits',
    async (when) => {
      given()
      if (when === 'before') service.instead = ({ path }) => (path.startsWith('/blob/') ? 'silence' : undefined)
      else service.blobs.silentAfter = 0
      const began = performance.now()
      const limits = { firstDelay: 0.05, idleTimeout: 0.3, longestOutage: 1.2 }
      const store = openFromTerminal(service, { clock: realClock, limits })
      await expect(readAll(store, 'shop/dump')).rejects.toMatchObject({ code: 'github/unavailable' })
      expect((performance.now() - began) / 1000).toBeLessThan(3)
      expect(service.calls.filter((call) => call.startsWith('GET /blob/'))).toHaveLength(3)
    },
  )

  test('the token is not sent along to where the bytes lie', async () => {
    given()
    const { store } = openInRun(service, service.addRun())
    let seen: string | undefined = 'nothing'
    const real = globalThis.fetch
    globalThis.fetch = async (input, init) => {
      if (String(input).includes('/blob/')) seen = new Headers(init?.headers).get('authorization') ?? undefined
      return real(input, init)
    }
    try {
      await readAll(store, 'shop/dump')
    } finally {
      globalThis.fetch = real
    }
    expect(seen).toBeUndefined()
  })

  test('one that somebody archived as ZIP is refused', async () => {
    given({ mime: 'application/zip' })
    await expect(readAll(openFromTerminal(service), 'shop/dump')).rejects.toMatchObject({
      code: 'artifact/unknown-format',
    })
  })

  test('a store behind GitHub without ranges is told', async () => {
    given()
    service.blobs.ranges = false
    await expect(readAll(openFromTerminal(service), 'shop/dump', 10)).rejects.toMatchObject({
      code: 'github/unavailable',
    })
  })

  test('one that is shorter or longer than listed never ends well', async () => {
    given({ bytes: content.length + 1 })
    await expect(readAll(openFromTerminal(service), 'shop/dump')).rejects.toMatchObject({
      kind: expect.stringMatching(/unreachable|integrity/),
    })
    service.artifacts.length = 0
    given({ bytes: content.length - 1 })
    await expect(readAll(openFromTerminal(service), 'shop/dump')).rejects.toMatchObject({
      code: 'store/object-changed',
    })
  })

  test('a download that is interrupted ends with the reason', async () => {
    given()
    const controller = new AbortController()
    const stream = await openFromTerminal(service).readUnverified('shop/dump', { signal: controller.signal })
    controller.abort()
    await expect(stream?.toArray()).rejects.toThrow()
  })

  test('one that is removed while it is read is told', async () => {
    given()
    service.blobs.cutAfter = 1000
    const stream = await openFromTerminal(service).readUnverified('shop/dump')
    service.artifacts.length = 0
    await expect(stream?.toArray()).rejects.toMatchObject({ code: 'store/object-changed' })
  })
})
