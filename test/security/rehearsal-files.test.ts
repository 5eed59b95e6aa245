// Files left by a rehearsed command
// A rehearsed setup command replaces its folders so that the next command's sandbox exposes the machine's files.
import { execFileSync } from 'node:child_process'
import { chmod, chown, lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type ConfinedCommands,
  cannotUseNamespaces,
  ordinary,
  runConfined,
  runConfinedAsUser,
} from '../support/confined.ts'
import { openFolder } from '../support/drill.ts'
import { writeFiles } from '../support/rehearsal.ts'

const isRoot = process.getuid?.() === 0
const secret = 'a-secret-outside-of-the-confinement'
let folder: string
/** Outside of the confinement; everybody may read and change it. */
let victim: string

const ways: Record<string, { readonly unable: string | undefined; run(request: ConfinedCommands): Promise<string[]> }> =
  {
    'as root': { unable: isRoot ? undefined : 'this is not root', run: runConfined },
    'as an ordinary user': {
      unable: isRoot ? cannotUseNamespaces() : 'only root can become another user',
      run: async (request) => runConfinedAsUser(request),
    },
  }

beforeAll(async () => {
  folder = await openFolder('rehearsal-files')
  victim = join(folder, 'victim')
  await mkdir(victim)
  await chmod(victim, 0o777)
  await writeFile(join(victim, 'secret'), secret)
  await chmod(join(victim, 'secret'), 0o666)
  await mkdir(join(folder, 'temporary'))
  await writeFiles(join(folder, 'checkout'), { 'a.txt': 'a' })
  if (isRoot) await chown(join(folder, 'temporary'), ordinary.uid, ordinary.gid)
})

afterAll(() => rm(folder, { recursive: true, force: true }))

describe.each(Object.entries(ways))('%s', (_, { unable, run }) => {
  const confined = (commands: readonly string[]) =>
    run({ checkout: join(folder, 'checkout'), temporary: join(folder, 'temporary'), commands })
  /** Every way to put a link to `target` where one of the three folders is. */
  const replace = (target: string) =>
    ['/rehearsal/tmp', '/rehearsal/checkout', '/rehearsal/home', '/tmp', '/rehearsal']
      .flatMap((at) => [
        `mv ${at} ${at}.old && ln -sT ${target} ${at} && echo replaced ${at}`,
        `rm -rf ${at}; ln -sT ${target} ${at} && echo replaced ${at}`,
        `mkdir ${at}.new && ln -sT ${target} ${at}.new/x && mv -T ${at}.new/x ${at} && echo replaced ${at}`,
      ])
      .join('; ')

  test.skipIf(unable !== undefined).each(['/', 'the folder of a victim'])(
    'setup folders replaced with symbolic links do not expose folders of the machine to the migration: %s',
    async (name) => {
      const target = name === '/' ? '/' : victim
      const inside = name === '/' ? victim : ''
      const seen = ['/tmp', '/rehearsal/tmp', '/rehearsal/checkout', '/rehearsal/home']
        .map((at) => `cat ${at}${inside}/secret; echo x >${at}${inside}/planted; ls ${at}/proc/1/environ`)
        .join('; ')
      const lines = await confined([`cd /; ${replace(target)}`, `cd /; ${seen}`])
      expect(lines.join('\n')).not.toContain(secret)
      expect(lines.filter((line) => line.startsWith('replaced'))).toEqual([])
      expect(await readdir(victim)).toEqual(['secret'])
    },
  )

  test.skipIf(unable !== undefined)(
    "links and pipes in the setup's folders change no owner, mode or content of a linked file",
    async () => {
      const before = await lstat(join(victim, 'secret'))
      const fill = ['checkout', 'home']
        .map(
          (name) =>
            `cd /rehearsal/${name} && ln -s ${victim} folder; ln -s ${victim}/secret link; ln /etc/passwd hard; mkfifo pipe`,
        )
        .join('; ')
      await confined([`${fill}; cd /tmp; ln -s ${victim} folder; ln -s / root; mkfifo pipe`, 'true', 'ls /tmp/root'])
      const after = await lstat(join(victim, 'secret'))
      expect([after.uid, after.gid, after.mode, after.ctimeMs]).toEqual([
        before.uid,
        before.gid,
        before.mode,
        before.ctimeMs,
      ])
      expect(await readFile(join(victim, 'secret'), 'utf8')).toBe(secret)
      expect(await readdir(join(folder, 'temporary'))).toEqual([])
    },
  )

  test.skipIf(unable !== undefined)(
    'a setup cannot add programs, devices or mounts that a later command uses',
    async () => {
      const planted = [
        '/planted',
        '/rehearsal/planted',
        '/dev/planted',
        '/usr/bin/planted',
        '/etc/planted',
        '/root/planted',
      ]
      const plant = planted.map((path) => `{ echo x >${path}; } 2>/dev/null && echo planted ${path}`).join('; ')
      const devices = 'mknod /tmp/disk b 8 0 && echo made a device; mknod /tmp/mem c 1 1 && echo made a device'
      const mounts = `mount -t tmpfs none /tmp && echo mounted; mount --bind / /tmp && echo mounted; umount /tmp && echo unmounted`
      const lines = await confined([[plant, devices, mounts].join('; ')])
      expect(lines.filter((line) => /^(planted|made|mounted|unmounted)/.test(line))).toEqual([])
    },
  )

  test.skipIf(unable !== undefined)('a program with setuid mode gives the migration no additional rights', async () => {
    const lines = await confined([
      'cp /usr/bin/id /tmp/id; chmod 6755 /tmp/id',
      '/tmp/id -u; id -u; grep -E "^(Cap|NoNew)" /proc/self/status',
    ])
    const [first, second] = lines.filter((line) => /^\d+$/.test(line))
    expect(first).toBe(second)
    expect(lines).toContain('NoNewPrivs:\t1')
    expect(lines.filter((line) => /^Cap(Eff|Prm|Bnd|Amb)/.test(line)).every((line) => /\t0+$/.test(line))).toBe(true)
  })
})

test.skipIf(!isRoot)("cleanup of a rehearsal's folders does not follow symbolic links", async () => {
  const checkout = join(folder, 'checkout')
  await runConfined({
    ...{ checkout, temporary: join(folder, 'temporary') },
    commands: [
      `ln -s ${victim} /tmp/v; mkdir -p a/b/c; ln -s ${victim} a/b/c/v; chmod 000 a; chmod 000 /tmp /rehearsal/checkout`,
    ],
  })
  expect(await readdir(victim)).toEqual(['secret'])
  expect(execFileSync('ls', ['-A', join(folder, 'temporary')], { encoding: 'utf8' })).toBe('')
})
