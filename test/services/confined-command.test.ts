// Sandboxed commands: files copied for them, files that they leave, how they end, and machines without a sandbox.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Failure } from '../../src/domain/failures/failure.ts'
import type { ConfinedRequest, ConfinementRequest } from '../../src/ports/confinement.ts'
import { openConfinement } from '../../src/sandbox/open-confinement.ts'
import { writeFiles } from '../support/rehearsal.ts'

let folder: string
const { signal } = new AbortController()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resguardo-confined-test-'))
  const checkout = await writeFiles(join(folder, 'checkout'), {
    'a.txt': 'a',
    'sub/b.txt': 'b',
    '.env': 'SECRET=1',
    'gone.txt': '',
  })
  await symlink('/etc/shadow', join(checkout, 'link'))
  for (const words of [
    ['init', '-q'],
    ['add', 'a.txt', 'sub', 'link', 'gone.txt'],
  ])
    execFileSync('git', ['-C', checkout, ...words])
  await rm(join(checkout, 'gone.txt'))
  await mkdir(join(folder, 'temporary'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

const place = (more: Partial<ConfinementRequest> = {}): ConfinementRequest => ({
  ...{ checkout: join(folder, 'checkout'), temporary: join(folder, 'temporary'), confinement: 'required', signal },
  ...more,
})

/** Runs commands one after the other and gives their lines. */
async function run(
  commands: readonly string[],
  more: Partial<ConfinedRequest> = {},
  request = place(),
): Promise<string[]> {
  const lines: string[] = []
  const confinement = await openConfinement(request)
  try {
    for (const command of commands) {
      await confinement.run({ command, timeoutSeconds: 30, signal, onLine: (line) => lines.push(line), ...more })
    }
  } finally {
    await confinement.close()
  }
  expect(await readdir(join(folder, 'temporary'))).toEqual([])
  return lines
}

test('the copy has what git tracks, as it lies there, and links as links', async () => {
  const lines = await run(['find . -mindepth 1 | sort; readlink link; cat link 2>&1; find . -writable -type f | wc -l'])
  expect(lines).toEqual([
    './a.txt',
    './link',
    './sub',
    './sub/b.txt',
    '/etc/shadow',
    'cat: link: Permission denied',
    '2',
  ])
})

test.skipIf(process.getuid?.() !== 0)('a user of its own has a name and a home', async () => {
  const command = 'whoami; node -p "const { uid, homedir } = os.userInfo(); [uid > 1.9e9, homedir].join()"'
  expect(await run([command])).toEqual(['rehearsal', 'true,/rehearsal/home'])
})

test('what one command makes, also read-only folders, the next one finds, and nobody afterwards', async () => {
  expect(await run(['mkdir -p made/in && chmod 555 made; echo x > $HOME/y', 'ls made; cat $HOME/y'])).toEqual([
    'in',
    'x',
  ])
})

test.each(['required', 'none'] as const)(
  'an interrupted command (%s) is ended at once with what it started',
  async (confinement) => {
    const stop = new AbortController()
    const onLine = (line: string) => line === 'ready' && stop.abort(new Failure('interrupted', 'interrupted'))
    const command = "(trap '' TERM INT; sleep 86396) & echo ready; sleep 86396"
    const running = run([command], { signal: stop.signal, onLine }, place({ confinement }))
    await expect(running).rejects.toMatchObject({ code: 'interrupted' })
    expect(spawnSync('pgrep', ['-fx', 'sleep 86396'], { encoding: 'utf8' }).stdout).toBe('')
  },
)

test('without confinement, too, a background process ends with its command', async () => {
  expect(await run(['sleep 86395 & echo done; exit 3'], {}, place({ confinement: 'none' }))).toEqual(['done'])
  expect(spawnSync('pgrep', ['-fx', 'sleep 86395'], { encoding: 'utf8' }).stdout).toBe('')
})

test('where nothing can hold a command none is run, and everything that was tried is told', async () => {
  const means = async () => [
    {
      display: 'another user',
      isolation: 'sudo' as const,
      prefix: ['false'],
      namespaces: [],
      entering: [],
      user: '65534:65534',
    },
    {
      display: 'a namespace',
      isolation: 'sudo' as const,
      prefix: ['resguardo-no-such-tool'],
      namespaces: [],
      entering: [],
      user: 'same',
    },
  ]
  const failure = await openConfinement(place(), means).catch((error: unknown) => error)
  expect(failure).toMatchObject({
    code: 'sandbox/unavailable',
    message: expect.stringMatching(/another user: .*false.* exited with 1.*a namespace: .*ENOENT/),
  })
  expect(await readdir(join(folder, 'temporary'))).toEqual([])
})

test('a checkout that is none is a usage failure', async () => {
  await expect(openConfinement(place({ checkout: join(folder, 'missing') }))).rejects.toMatchObject({
    code: 'rehearsal/no-checkout',
  })
})
