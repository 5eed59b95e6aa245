// Sandbox of the scratch Redis server
// A malicious RDB file takes control of the scratch redis-server and attacks the machine that runs the drill.
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { asFailure } from '../../src/domain/failures/failure.ts'
import type { RedisManifest } from '../../src/domain/manifest/manifest.ts'
import { openRedisScratch } from '../../src/engines/redis/scratch/open-redis-scratch.ts'
import { openFolder } from '../support/drill.ts'

const secret = 'a-secret-of-production'
const manifest = {
  ...{ kind: 'redis', id: 'x', fingerprint: { databases: [], largestValue: 0 } },
  dump: { shards: [{ file: 'shard-0.rdb', rdbVersion: 10 }] },
} as unknown as RedisManifest
let folder: string

beforeAll(async () => {
  folder = await openFolder('sandbox-redis')
  await mkdir(join(folder, 'temporary'))
  await writeFile(join(folder, 'secret'), secret)
  await chmod(join(folder, 'secret'), 0o666)
  process.env.PRODUCTION_TOKEN = secret
})

afterAll(async () => {
  delete process.env.PRODUCTION_TOKEN
  await rm(folder, { recursive: true, force: true })
})

/** A redis-server that does what an attacker wants, from its first instruction on. `script` runs as that server. */
async function takenOver(script: string): Promise<string> {
  const bin = join(folder, 'server', 'bin')
  await mkdir(bin, { recursive: true })
  const version = 'case "$1" in --version) echo "Redis server v=7.2.0 sha=00000000:0"; exit;; esac'
  await writeFile(join(bin, 'redis-server'), `#!/bin/sh\n${version}\n${script}\n`, { mode: 0o755 })
  return bin
}

const open = async (script: string, signal = new AbortController().signal) =>
  openRedisScratch({ manifest, temporary: join(folder, 'temporary'), isolation: 'required', signal }, [
    await takenOver(script),
  ])

/** What a server printed that then ended: it is part of the failure. */
async function printed(script: string): Promise<string> {
  const failure = await open(`{ ${script}; } 2>&1 | tr "\\n\\0" "~~" >&2; exit 1`).catch(asFailure)
  return 'message' in failure ? failure.message : ''
}

test('a compromised redis-server runs neither as root nor as the operator, and has no capabilities', async () => {
  const said = await printed('id -u; grep CapEff /proc/self/status; grep NoNewPrivs /proc/self/status')
  const [, id] = /(\d+)~CapEff:\t0{16}~NoNewPrivs:\t1/.exec(said) ?? []
  expect(Number(id)).toBeGreaterThan(0)
  if (process.getuid?.() === 0) expect(Number(id)).toBeGreaterThanOrEqual(65_534)
})

test("a compromised redis-server cannot read the operator's files or process environments", async () => {
  const said = await printed(`cat ${join(folder, 'secret')} /etc/shadow; ls ${folder}; cat /proc/[0-9]*/environ; env`)
  expect(said).toContain('USER=scratch')
  expect(said).toContain('No such file')
  expect(said).not.toContain(secret)
})

test('a compromised redis-server cannot write outside of its sandbox or reach the network', async () => {
  const said = await printed(
    `echo x >${join(folder, 'secret')}; echo x >/usr/bin/planted; tail -n +3 /proc/net/dev | grep -c -v lo:`,
  )
  expect(said).toMatch(/cannot create.*cannot create.*Read-only.*~0~/)
  expect(await readFile(join(folder, 'secret'), 'utf8')).toBe(secret)
})

test('a symbolic link in place of the RDB file does not redirect reads or writes of Resguardo', async () => {
  const work = `work=$(echo ${join(folder, 'temporary')}/*/work)`
  const relink = `(while sleep 0.05; do ln -sfn ${join(folder, 'secret')} "$work/dump.rdb"; done) &`
  const scratch = await open(`${work}; ${relink} exec /usr/bin/redis-server "$@"`)
  const source = {
    payload: { contentBytes: 3, role: 'rdb' },
    open: async () => (await import('node:stream')).Readable.from([Buffer.from('bad')]),
  }
  const failure = await scratch.load(manifest, [source as never]).catch(asFailure)
  expect(JSON.stringify(failure)).not.toContain(secret)
  await scratch.compare(manifest).catch(() => {})
  await scratch.drop()
  expect(await readFile(join(folder, 'secret'), 'utf8')).toBe(secret)
  expect(await readdir(join(folder, 'temporary'))).toEqual([])
})
