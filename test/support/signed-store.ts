// Stores with one signed and proven backup of the database shop, for attacks by somebody who can write to the store.
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { resguardo } from './command-line.ts'
import { startPostgres, type TestPostgres } from './postgres-server.ts'
import { temporaryFolder } from './real-world.ts'
import { makeKey, onlyBackup, type TestKey } from './signing.ts'

interface Options {
  /** Folder of the store; default: the one with the backup. */
  readonly at?: string
  readonly sign?: TestKey
  /** Trusted keys; default: our key, for backups named shop. */
  readonly trusted?: string
}

type Ran = ReturnType<typeof resguardo>
// biome-ignore lint/suspicious/noExplicitAny: a JSON document, whose fields the tests assert
type Document = any

/** A folder with a copy of the signed backup. */
export interface SignedStore {
  readonly root: string
  /** Path of a file in the folder of the backup. */
  file(...parts: string[]): string
  /** Name of the drill record. */
  drillFile(): string
  /** Name of the dump. */
  dumpFile(): string
  /** Date in the name of the `keep-until` mark. */
  keptUntil(): string
  /** Runs a command on this store. */
  run(command: string, parameters?: readonly string[], options?: Options): Ran
  json(
    command: string,
    parameters?: readonly string[],
    options?: Options,
  ): Promise<{ code: number | null; document: Document }>
  gate(options?: Options): Promise<{ code: number | null; document: Document }>
  /** The document of `list`. */
  listed(options?: Options): Promise<Document>
}

/** The server, the keys, and the backup. */
export interface SignedBackup {
  readonly server: TestPostgres
  readonly url: string
  /** A temporary folder, for the keys and stores. */
  readonly folder: string
  /** The key that signed the backup. */
  readonly ours: TestKey
  readonly staging: TestKey
  readonly stranger: TestKey
  readonly id: string
  /** ID of a backup made that many hours after now. */
  laterId(hours: number): string
  copyStore(): SignedStore
  stop(): Promise<void>
}

/** Starts a server, backs up its database shop, and drills the backup, both signed with `ours`. */
export async function makeSignedBackup(): Promise<SignedBackup> {
  const server = await startPostgres()
  const folder = await temporaryFolder('signatures')
  const [ours, staging, stranger] = [makeKey(folder, 'ours'), makeKey(folder, 'staging'), makeKey(folder, 'stranger')]
  const url = await server.createDatabase('shop')
  await server.query(
    'shop',
    'CREATE TABLE product (id int PRIMARY KEY); INSERT INTO product SELECT generate_series(1, 50)',
  )
  const run = (
    command: string,
    parameters: readonly string[],
    { at = '', sign, trusted = ours.trusted('shop') }: Options,
  ) =>
    resguardo([command, ...parameters, '--store', `file:${at}`], {
      RESGUARDO_TRUSTED_KEYS: trusted,
      ...(sign && { RESGUARDO_SIGN_KEY: readFileSync(sign.path, 'utf8') }),
    })
  const original = join(folder, 'original')
  const signed = { at: original, sign: ours }
  const backUp = ['--database-url', url, '--trigger', 'scheduled', '--keep-days', '30']
  expect(await run('backup', backUp, signed)).toMatchObject({ code: 0 })
  expect(await run('test-restore', [], signed)).toMatchObject({ code: 0 })
  const id = onlyBackup(original, 'shop')
  let count = 0
  return {
    ...{ server, url, folder, ours, staging, stranger, id },
    laterId(hours) {
      const time = new Date(Date.now() + hours * 3_600_000).toISOString()
      return id.replace(/^\w+Z/, `${time.slice(0, 19).replaceAll(/[-:]/g, '')}Z`)
    },
    copyStore() {
      count += 1
      const root = join(folder, `store${count}`)
      cpSync(original, root, { recursive: true, preserveTimestamps: true })
      const runHere: SignedStore['run'] = (command, parameters = [], options = {}) =>
        run(command, parameters, { at: root, ...options })
      return signedStore(root, { id, url, run: runHere })
    },
    async stop() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface StoreFacts {
  readonly id: string
  readonly url: string
  readonly run: SignedStore['run']
}

function signedStore(root: string, { id, url, run }: StoreFacts): SignedStore {
  const file = (...parts: string[]): string => join(root, 'shop', id, ...parts)
  const json: SignedStore['json'] = async (command, parameters = [], options = {}) => {
    const { stdout, code } = await run(command, [...parameters, '--json'], options)
    return { code, document: JSON.parse(stdout) }
  }
  return {
    ...{ root, file, run, json },
    drillFile: () => readdirSync(file('drills')).find((name) => name.endsWith('.json')) ?? '',
    dumpFile: () => readdirSync(file()).find((name) => name.includes('.dump')) ?? '',
    keptUntil: () => readdirSync(file()).flatMap((name) => /^keep-until-(.*)$/.exec(name)?.[1] ?? [])[0] ?? '',
    gate: (options) => json('migration-gate', ['--database-url', url, '--no-pin'], options),
    listed: async (options) => (await json('list', [], options)).document,
  }
}
