// The gate with real git, PostgreSQL, a directory store and drills, and with GitHub's API over HTTP.
import { rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { migrationGate } from '../../src/commands/gate/migration-gate.ts'
import type { Manifest } from '../../src/domain/manifest/manifest.ts'
import { identifyDatabase } from '../../src/engines/postgres/connection/identity.ts'
import { parseInputs } from '../../src/inputs/parse.ts'
import { openForge } from '../../src/main/forge.ts'
import { makeWorld } from '../../src/main/world.ts'
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import { drill, openFolder } from '../support/drill.ts'
import { recordingReporter } from '../support/fakes.ts'
import { type GitRepository, makeRepository } from '../support/git-repository.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl, everything } from '../support/real-world.ts'
import { linesOf } from '../support/report-text.ts'

let server: TestPostgres
let twin: TestPostgres
let repository: GitRepository
let folder: string
let shop: string
let base: string
let head: string

beforeAll(async () => {
  ;[server, twin, repository, folder] = await Promise.all([
    startPostgres(),
    startPostgres({ ownIdentifier: true }),
    makeRepository(),
    openFolder('gate'),
  ])
  shop = await server.createDatabase('shop')
  await server.query('shop', 'CREATE TABLE item (id int); INSERT INTO item SELECT generate_series(1, 9)')
  await repository.write('migrations/1_init.sql')
  base = await repository.commit()
  await repository.write('migrations/2_more.sql')
  head = await repository.commit()
})

afterAll(async () => {
  await Promise.all([server?.stop(), twin?.stop(), repository?.remove()])
  await rm(folder, { recursive: true, force: true })
})

const store = (name: string) => openDirectoryStore(join(folder, name), { address: `file:${join(folder, name)}` })

/** Runs the command in the real world, but for the forge. */
async function gate(place: string, given: Record<string, string> = {}, forge?: ReturnType<typeof openForge>) {
  const reporter = recordingReporter()
  const real = makeWorld({ hideSecrets: String, reporter, signal: new AbortController().signal })
  const world = { ...real, origin: {}, ...(forge && { openForge: async () => forge }) }
  const all: Record<string, string> = {
    base,
    head,
    checkout: repository.folder,
    store: `file:${join(folder, place)}`,
    'database-url': shop,
    ...given,
  }
  const read = (name: string) => (all[name] ? { text: all[name], from: name } : undefined)
  const outcome = await migrationGate.run(parseInputs(migrationGate.inputs, read), world)
  return { ...outcome, lines: linesOf(outcome), warned: reporter.texts('warn') }
}

const prove = async (place: string, { id }: Manifest) => drill([store(place)], id, folder)

describe('a migration', () => {
  let manifest: Manifest

  test('is refused while there is no backup', async () => {
    const { outputs, failure } = await gate('shop')
    expect(failure).toMatchObject({ exitCode: 3 })
    expect(outputs).toMatchObject({ verdict: 'refused', migrations: 1, edited: 0, tools: 'sql' })
  })

  test('is refused while its backup is not proven', async () => {
    manifest = (await backUpUrl(shop, [store('shop')], { trigger: 'pre-migration' })).manifest
    const { outputs, lines } = await gate('shop')
    expect(outputs).toMatchObject({ verdict: 'refused', reason: expect.stringContaining('no drill has proven it') })
    expect(lines.at(-1)).toBe(`  resguardo test-restore ${manifest.id} --store file:${join(folder, 'shop')}`)
  })

  test('passes once a drill has proven it, and the backup is pinned', async () => {
    await prove('shop', manifest)
    const { outputs, failure, warned } = await gate('shop', { 'pull-request': '7' })
    expect(failure).toBeUndefined()
    expect(outputs).toMatchObject({ verdict: 'allowed', 'backup-id': manifest.id })
    expect(outputs['age-seconds']).toBeLessThan(60)
    expect(warned).toEqual([])
    const keys: string[] = []
    for await (const { key } of store('shop').list('')) keys.push(key)
    expect(keys.filter((key) => key.includes('/pins/pull-request-7-until-'))).toHaveLength(1)
  })

  test('passes without a base too, as deploying does', async () => {
    expect((await gate('shop', { base: '' })).outputs).toMatchObject({ verdict: 'allowed', migrations: undefined })
  })

  test('of another database on the same server is refused', async () => {
    const blog = await server.createDatabase('blog')
    const { outputs } = await gate('shop', { 'database-url': blog })
    expect(outputs.reason).toContain('its database is "shop", not "blog"')
  })

  test('of a database of the same name on another server is refused', async () => {
    const { outputs } = await gate('shop', { 'database-url': await twin.createDatabase('shop') })
    expect(outputs.reason).toContain('it is from another server')
  })

  test('is let through by name, with a warning, where the server keeps its identifier to itself', async () => {
    await server.query(
      'shop',
      'REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC; CREATE ROLE app LOGIN PASSWORD $$app$$',
    )
    const url = new URL(shop)
    url.username = 'app'
    url.password = 'app'
    const { outputs, warned } = await gate('shop', { 'database-url': url.href })
    expect(outputs.verdict).toBe('allowed')
    expect(warned).toEqual([expect.stringContaining('by the name of the database only')])
  })

  test('behind a backup that lost its payload is refused', async () => {
    const broken = (await backUpUrl(shop, [store('broken')])).manifest
    await prove('broken', broken)
    expect((await gate('broken')).outputs.verdict).toBe('allowed')
    await rm(join(folder, 'broken', broken.name, broken.id, 'database.dump.zst'))
    expect((await gate('broken')).outputs.reason).toContain('database.dump.zst is missing')
  })

  test('behind a proven dump of one table only is refused', async () => {
    const dump = { format: 'custom', jobs: 1, sourceCounts: true, globals: false, lockTimeout: 5 } as const
    const selection = { ...everything, tables: ['public.item'] }
    const partial = (await backUpUrl(shop, [store('partial')], { dump: { ...dump, selection } })).manifest
    await prove('partial', partial)
    expect((await gate('partial')).outputs.reason).toContain('it has only a part of the database')
  })
})

test('a change without migrations is let through with neither database nor store', async () => {
  await repository.git('checkout', '--quiet', '-b', 'docs', head)
  await repository.write('README.md')
  const docs = await repository.commit()
  const nowhere = { 'database-url': 'postgresql://nobody@127.0.0.1:1/x', base: head, head: docs }
  const { outputs, failure } = await gate('/nowhere', nowhere)
  expect(failure).toBeUndefined()
  expect(outputs).toMatchObject({ verdict: 'not-needed', migrations: 0 })
})

test('a migration that the base took back meanwhile, and the change deletes and adds again, is one: a rebase would bring it back', async () => {
  const { git, write, commit } = repository
  await git('checkout', '--quiet', '-b', 'taken-back', head)
  await write('migrations/3.sql')
  const left = await commit()
  await git('revert', '--no-edit', left)
  const reverted = await git('rev-parse', 'HEAD')
  await git('checkout', '--quiet', '-b', 'again', left)
  await git('rm', '--quiet', 'migrations/3.sql')
  await commit()
  await write('migrations/3.sql')
  await write('migrations/4.sql')
  const again = await commit()
  expect(await git('diff', '--name-only', left, again)).toBe('migrations/4.sql')
  const { outputs, failure } = await gate('shop', { base: reverted, head: again, pin: 'false' })
  expect(failure).toBeUndefined()
  expect(outputs).toMatchObject({ verdict: 'allowed', migrations: 2, edited: 0 })
})

test('a database is asked for its name and its server’s identifier, and no client tools are needed', async () => {
  const path = process.env.PATH
  process.env.PATH = '/nowhere'
  try {
    const identity = await identifyDatabase(shop)
    expect(identity).toMatchObject({ database: 'shop', systemIdentifier: expect.stringMatching(/^\d+$/) })
    expect(identity.display).not.toContain(server.password)
  } finally {
    process.env.PATH = path
  }
})

describe('the commit status, at GitHub', () => {
  interface Said {
    readonly method: string
    readonly path: string
    readonly body: Record<string, string>
  }
  let github: Server
  let said: Said[] = []
  let status = 201

  beforeAll(async () => {
    github = createServer((request, response) => {
      let text = ''
      request.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      request.on('end', () => {
        said.push({ method: request.method ?? '', path: request.url ?? '', body: text ? JSON.parse(text) : {} })
        const [code, answer] =
          request.method === 'GET' ? [200, '[]'] : [status, '{"message":"Resource not accessible"}']
        response.writeHead(code, { 'content-type': 'application/json' }).end(answer)
      })
    })
    await new Promise<void>((resolve) => github.listen(0, '127.0.0.1', resolve))
  })
  afterAll(() => github?.close())

  const forge = () => {
    const { port } = github.address() as AddressInfo
    const environment = { GITHUB_REPOSITORY: 'o/r', GITHUB_API_URL: `http://127.0.0.1:${port}` }
    return openForge('token', environment, { reporter: recordingReporter(), signal: new AbortController().signal })
  }

  test('is posted on the head of the change', async () => {
    const { failure } = await gate('shop', { 'post-status': 'true', pin: 'false' }, forge())
    expect(failure).toBeUndefined()
    expect(said.filter(({ method }) => method === 'POST')).toEqual([
      {
        method: 'POST',
        path: `/repos/o/r/statuses/${head}`,
        body: {
          context: 'resguardo/migration-gate',
          state: 'success',
          description: expect.stringMatching(/, good until 20.*Z$/),
        },
      },
    ])
  })

  test('that GitHub refuses fails the run and names the permission', async () => {
    said = []
    status = 403
    const { outputs, failure } = await gate('shop', { 'post-status': 'true', pin: 'false' }, forge())
    expect(outputs.verdict).toBe('allowed')
    expect(failure).toMatchObject({ exitCode: 6, hint: expect.stringContaining('statuses: write') })
  })

  test('needs a repository and a token', () => {
    const world = { reporter: recordingReporter(), signal: new AbortController().signal }
    expect(() => openForge('token', {}, world)).toThrow(expect.objectContaining({ code: 'github/no-repository' }))
    expect(() => openForge(undefined, { GITHUB_REPOSITORY: 'o/r' }, world)).toThrow(
      expect.objectContaining({ code: 'github/no-token' }),
    )
  })
})
