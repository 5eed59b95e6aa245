// The sandbox of scratch servers, without a server.
import { access, chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSandbox } from '../../src/sandbox/open-sandbox.ts'
import { preventAutoResume } from '../../src/streams/processes/child.ts'
import { cannotUseNamespaces } from '../support/confined.ts'
import { temporaryFolder } from '../support/real-world.ts'

const unable = process.getuid?.() === 0 ? undefined : cannotUseNamespaces()
const home = process.env.HOME
let folder: string

beforeAll(async () => {
  folder = await temporaryFolder('sandbox-test')
  await chmod(folder, 0o755)
  for (const name of ['home', 'temporary']) await mkdir(join(folder, name))
  // bash reads it where its standard input is a socket, as a pipe of Node is: it takes this for a session of rshd.
  await writeFile(join(folder, 'home/.bashrc'), `echo from .bashrc; touch ${join(folder, 'was-read')}; sleep 5\n`)
  process.env.HOME = join(folder, 'home')
})

afterAll(async () => {
  process.env.HOME = home
  await rm(folder, { recursive: true, force: true })
})

test.skipIf(unable !== undefined)(
  'no start-up file of the user is read: it could print into the output of a program',
  async () => {
    const { signal } = new AbortController()
    const temporary = join(folder, 'temporary')
    const request = {
      temporary,
      prefix: 'resguardo-scratch-',
      policy: 'required',
      programs: ['/bin/cat'],
      signal,
    } as const
    const sandbox = await openSandbox(request)
    try {
      expect(await sandbox.read({ command: '/bin/sh', arguments: ['-c', 'echo from the program'] })).toBe(
        'from the program\n',
      )
      await expect(access(join(folder, 'was-read'))).rejects.toThrow('ENOENT')
    } finally {
      await sandbox.close()
    }
  },
)

test.each(unable === undefined ? (['required', 'none'] as const) : (['none'] as const))(
  'with isolation %s, it closes although nobody reads the output of a program any more',
  async (policy) => {
    const { signal } = new AbortController()
    const temporary = join(folder, 'temporary')
    const sandbox = await openSandbox({
      temporary,
      prefix: 'resguardo-scratch-',
      policy,
      programs: ['/bin/cat'],
      signal,
    })
    const { stdout } = sandbox.start({ command: '/bin/sh', arguments: ['-c', 'echo unread'] })
    preventAutoResume(stdout)
    await expect.poll(() => stdout.readableLength, { timeout: 20_000 }).toBeGreaterThan(0)
    expect(await Promise.race([sandbox.close().then(() => 'closed'), sleep(20_000, 'still open')])).toBe('closed')
  },
)

test.each(unable === undefined ? (['required', 'none'] as const) : (['none'] as const))(
  'with isolation %s, a socket that no program has created is a failure with a hint',
  async (policy) => {
    const { signal } = new AbortController()
    const temporary = join(folder, 'temporary')
    const sandbox = await openSandbox({ temporary, prefix: 'resguardo-scratch-', policy, programs: [], signal })
    try {
      await expect(sandbox.publish('missing')).rejects.toMatchObject({
        code: 'drill/server-failed',
        hint: expect.stringContaining('--scratch-url'),
      })
    } finally {
      await sandbox.close()
    }
  },
)
