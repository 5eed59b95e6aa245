// Backups in GitHub artifacts with a real database: one run backs up, later runs list, prove, pin and restore.
import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { runCli } from '../../src/hosts/cli/run.ts'
import { createMasker } from '../../src/hosts/masking.ts'
import { registry } from '../../src/main/registry.ts'
import { makeWorld } from '../../src/main/world.ts'
import { recorder } from '../hosts/cli/fake-host.ts'
import {
  type FakeRun,
  type ResultsService,
  restToken,
  startResultsService,
} from '../simulator/results/results-service.ts'
import { openFolder } from '../support/drill.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { realClock } from '../support/real-clock.ts'
import { makeWideDatabase } from '../support/wide-database.ts'

let server: TestPostgres
let service: ResultsService
let folder: string
let url: string

beforeAll(async () => {
  server = await startPostgres()
  service = await startResultsService()
  folder = await openFolder('artifact-backup')
  url = await makeWideDatabase(server, 'wide')
})
afterAll(async () => {
  await service?.close()
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Runs a command as a step of a run; a terminal without one. */
async function resguardo(run: FakeRun | undefined, words: readonly string[]) {
  const step = run
    ? { ...service.environment(run), RUNNER_TEMP: folder }
    : { GITHUB_REPOSITORY: 'acme/shop', GITHUB_API_URL: service.url }
  for (const [name, value] of Object.entries(step)) vi.stubEnv(name, value)
  const stdout = recorder()
  const stderr = recorder()
  try {
    const code = await runCli({
      words: [...words, '--json'],
      environment: { GITHUB_TOKEN: restToken, DATABASE_URL: url },
      stdout,
      stderr,
      registry,
      version: '0',
      clock: realClock,
      masker: createMasker(),
      signal: new AbortController().signal,
      crashed: new Promise<never>(() => {}),
      makeWorld,
    })
    return { code, document: JSON.parse(stdout.text), said: stderr.text }
  } finally {
    vi.unstubAllEnvs()
  }
}

test('a backup in one run is listed, proven, pinned and restored by others', async () => {
  const store = ['--store', 'artifact:']
  const made = await resguardo(service.addRun(), ['backup', ...store, '--trigger', 'scheduled'])
  expect(made, made.said).toMatchObject({ code: 0 })
  const names = service.artifacts.map(({ name }) => name)
  expect(
    names.every((name) => /^resguardo~wide~\d{8}T\d{6}Z-platform-scheduled-[0-9a-f]{6}~[\w.=-]+$/.test(name)),
  ).toBe(true)
  expect(names.at(-1)).toMatch(/~manifest\.json$/)

  const listed = await resguardo(service.addRun(), ['list', ...store])
  expect(listed, listed.said).toMatchObject({ code: 0 })
  expect(JSON.stringify(listed.document)).toContain('platform-scheduled')

  const drilled = await resguardo(service.addRun({ path: '.github/workflows/drill.yml' }), ['test-restore', ...store])
  expect(drilled, drilled.said).toMatchObject({ code: 0 })
  expect(service.artifacts.at(-1)?.name).toMatch(/~drills~\d{8}T\d{6}Z-proven\.json$/)

  const pinned = await resguardo(service.addRun(), ['pin', ...store, '--reason', 'pull request 17'])
  expect(pinned, pinned.said).toMatchObject({ code: 0 })
  const pin = service.artifacts.at(-1)?.name ?? ''
  expect(pin).toMatch(/~pins~pull=2520request=252017$/)
  const unpinned = await resguardo(service.addRun(), ['pin', ...store, '--reason', 'pull request 17', '--unpin'])
  expect(unpinned, unpinned.said).toMatchObject({ code: 0 })
  expect(service.artifacts.map(({ name }) => name)).not.toContain(pin)

  const fromTerminal = await resguardo(undefined, [
    'restore',
    ...store,
    '--strategy',
    'new',
    '--target-database',
    'wide_again',
  ])
  expect(fromTerminal, fromTerminal.said).toMatchObject({ code: 0 })
  expect(await server.query('wide_again', 'SELECT 1 AS one')).toEqual([{ one: 1 }])

  const dump = service.artifacts.find(({ name }) => name.includes('dump'))
  const bytes = service.blobs.contents.get(dump?.blob ?? '') ?? Buffer.alloc(0)
  bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 1
  const checked = await resguardo(service.addRun(), ['checksum', ...store])
  expect(checked).toMatchObject({ code: 4 })
})

test('a byte that GitHub changed while it was stored is found by reading back, and no manifest is written', async () => {
  service.artifacts.length = 0
  service.instead = ({ path }) => {
    if (!path.endsWith('/FinalizeArtifact')) return undefined
    for (const content of service.blobs.contents.values()) content[0] = (content[0] ?? 0) ^ 1
    service.instead = undefined
    return undefined
  }
  const made = await resguardo(service.addRun(), ['backup', '--store', 'artifact:'])
  expect(made).toMatchObject({ code: 4 })
  expect(service.artifacts).toEqual([])
})

test('from a terminal nothing is written', async () => {
  const made = await resguardo(undefined, ['backup', '--store', 'artifact:'])
  expect(made).toMatchObject({ code: 2, said: expect.stringContaining('only a step of GitHub Actions') })
})
