// A signal while GitHub does not respond to a request of the artifact store: the command ends promptly.
import { rm } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type ResultsService, restToken, startResultsService } from '../simulator/results/results-service.ts'
import { startResguardo } from '../support/command-line.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'

/** Two seconds are promised; a busy machine gets twice that. Without the limits it was five seconds or more. */
const secondsToEnd = 4

let server: TestPostgres
let service: ResultsService
let folder: string

beforeAll(async () => {
  server = await startPostgres()
  await server.createDatabase('shop')
  await server.query('shop', 'CREATE TABLE sale AS SELECT 1 AS id')
})
afterAll(() => server?.stop())
beforeEach(async () => {
  folder = await temporaryFolder('interrupted-artifacts')
  service = await startResultsService()
})
afterEach(async () => {
  await service.close()
  await rm(folder, { recursive: true, force: true })
})

/** Name, pattern of the request, and how many such requests are answered before. */
const requests: [string, RegExp, number][] = [
  ['the first listing', /^GET .*\/actions\/artifacts/, 0],
  ['the start of the upload', /CreateArtifact$/, 0],
  ['the upload', /^PUT \/blob/, 0],
  ['the end of the upload', /FinalizeArtifact$/, 0],
  ['the listing after the upload', /^GET .*\/actions\/artifacts/, 2],
  ['the upload of a small file', /^PUT \/blob/, 2],
]

describe.each([
  ['one request', false],
  ['this and all later requests', true],
])('signal while GitHub does not respond to %s', (_, isDown) => {
  test.each(requests)('the command ends promptly during %s', async (_name, pattern, answered) => {
    const silent = Promise.withResolvers<void>()
    let matching = 0
    let isSilent = false
    service.instead = ({ method, path }) => {
      if (isDown && isSilent) return 'silence'
      if (!pattern.test(`${method} ${path}`)) return undefined
      matching += 1
      if (matching <= answered) return undefined
      isSilent = true
      silent.resolve()
      return 'silence'
    }
    const { child, finished } = startResguardo(['backup', '--store', 'artifact:'], {
      ...service.environment(service.addRun()),
      GITHUB_TOKEN: restToken,
      DATABASE_URL: server.url('shop'),
      TMPDIR: folder,
    })
    await Promise.race([silent.promise, finished.then(({ stderr }) => Promise.reject(new Error(stderr)))])
    const began = performance.now()
    child.kill('SIGINT')
    expect((await finished).code).toBe(130)
    expect((performance.now() - began) / 1000).toBeLessThan(secondsToEnd)
  })
})
