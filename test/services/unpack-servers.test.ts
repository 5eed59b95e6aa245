// scripts/unpack-servers on machines without Debian packages: servers that are already unpacked are used, without an
// error.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

/** Without it the script does not ask apt. */
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
const script = join(import.meta.dirname, '../../scripts/unpack-servers')
const tools = 'bash id cut mkdir flock mktemp awk sort rm grep head paste sed cat chmod mv ln find tail tar'.split(' ')
let folder: string
let servers: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unpack-servers-'))
  servers = join(folder, 'cache/resguardo/servers')
  await mkdir(servers, { recursive: true })
  await mkdir(join(folder, 'bin'))
  for (const tool of tools) {
    const { stdout } = spawnSync('/bin/sh', ['-c', 'command -v "$0"', tool], { encoding: 'utf8' })
    await symlink(stdout.trim(), join(folder, 'bin', tool))
  }
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** With nothing on PATH but the usual tools: no apt. */
function unpack(...names: readonly string[]) {
  const env = { PATH: join(folder, 'bin'), HOME: folder, XDG_CACHE_HOME: join(folder, 'cache') }
  const { status, stdout, stderr } = spawnSync(script, names, { env, encoding: 'utf8' })
  return { status, lines: stdout.split('\n').filter(Boolean), stderr }
}

const cached = (name: string) => mkdir(join(servers, name, 'bin'), { recursive: true })

describe('without apt', () => {
  test('a server that is not unpacked yet cannot be had: the exit code says that, and nothing is left behind', async () => {
    const { status, lines, stderr } = unpack('valkey-9.1')
    expect({ status, lines }).toEqual({ status: 75, lines: [] })
    expect(stderr).toContain('apt-get')
    expect(await readdir(servers)).toEqual(['.lock'])
  })

  test('the pinned version is used from the cache', async () => {
    await cached('valkey-9.1-9.1.2')
    await cached('valkey-8.1-8.1.1')
    expect(unpack('valkey-8.1', 'valkey-9.1')).toMatchObject({
      status: 0,
      lines: [`valkey-8.1 8.1.1 ${servers}/valkey-8.1-8.1.1`, `valkey-9.1 9.1.2 ${servers}/valkey-9.1-9.1.2`],
    })
  })

  test('another version of the series will do', async () => {
    await cached('valkey-9.1-9.1.1')
    expect(unpack('valkey-9.1')).toMatchObject({ status: 0, lines: [`valkey-9.1 9.1.1 ${servers}/valkey-9.1-9.1.1`] })
  })

  test('one that is missing makes the whole unavailable', async () => {
    await cached('valkey-9.1-9.1.2')
    expect(unpack('valkey-8.1', 'valkey-9.1').status).toBe(75)
  })
})

test('an unknown name is refused, with those that are known', () => {
  const { status, stderr } = unpack('valkey-9.2')
  expect(status).toBe(1)
  expect(stderr).toContain('valkey-9.1')
})

describe.skipIf(!existsSync(keyring))('with an apt that serves other versions', () => {
  /** An apt that has one mirror of Debian, and lists these versions. */
  async function apt(versions: readonly string[]): Promise<void> {
    const list = versions.map((version) => `valkey-server | ${version} | http://mirror/debian sid/main amd64 Packages`)
    const get =
      'case "$*" in *indextargets*) echo "Debian http://mirror/debian";; *update*) :;; *) echo "asked for ${*: -1}" >&2; exit 100;; esac'
    await writeFile(join(folder, 'bin/apt-get'), `#!/bin/bash\n${get}\n`, { mode: 0o755 })
    await writeFile(join(folder, 'bin/apt-cache'), `#!/bin/bash\ncat <<'LIST'\n${list.join('\n')}\nLIST\n`, {
      mode: 0o755,
    })
  }

  test.each([
    ['the pinned one', ['9.2.0-1', '9.1.3-1', '9.1.2-2'], 'valkey-tools=9.1.2-2', false],
    ['else the newest of its series, which is named', ['9.2.0-1', '9.1.4-1', '9.1.3-1'], 'valkey-tools=9.1.4-1', true],
  ])('%s is taken', async (_, versions, asked, isNamed) => {
    await apt(versions)
    const { status, stderr } = unpack('valkey-9.1')
    expect(status).toBe(1) // this apt downloads nothing
    expect(stderr).toContain(`asked for ${asked}`)
    expect(stderr.includes('no longer served')).toBe(isNamed)
    expect(await readdir(servers)).toEqual(['.lock'])
  })

  test('a series that is gone is reported, and is no failure', async () => {
    await apt(['9.2.0-1'])
    expect(unpack('valkey-9.1')).toMatchObject({ status: 0, lines: ['valkey-9.1 - -'] })
  })
})
