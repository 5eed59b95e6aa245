// Rehearsals on a GitHub-hosted runner
// Rehearsed code reaches the runner with passwordless sudo, its credentials or its network.
import { execFileSync, spawnSync } from 'node:child_process'
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConfinedCommands } from '../support/confined.ts'
import { openFolder } from '../support/drill.ts'
import { writeFiles } from '../support/rehearsal.ts'

const uid = 1_899_001_001
const secret = 'a-secret'
const support = join(import.meta.dirname, '../support')
let folder: string
/** The runner's home, with its credentials and the checkout. */
let home: string

const able = process.getuid?.() === 0 && spawnSync('unshare', ['--mount', '--net', 'sudo', '--version']).status === 0

/** Runs commands as the runner, in a confinement. */
function onRunner(commands: readonly string[], more: Partial<ConfinedCommands> = {}): string[] {
  const request: ConfinedCommands = {
    checkout: join(home, 'work/shop'),
    temporary: join(home, 'temp'),
    commands,
    ...more,
  }
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    [
      ...[
        '--mount',
        '--net',
        '--pid',
        '--fork',
        '--mount-proc',
        join(support, 'hosted-runner.sh'),
        folder,
        process.execPath,
        String(uid),
      ],
      ...[process.execPath, join(support, 'confined.ts'), JSON.stringify(request)],
    ],
    {
      encoding: 'utf8',
      env: {
        ...{ PATH: process.env.PATH, HOME: home, USER: 'runner', RUNNER_TEMP: join(home, 'temp') },
        ...{
          ACTIONS_RUNTIME_TOKEN: secret,
          ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret,
          GITHUB_TOKEN: secret,
          DATABASE_URL: secret,
        },
      },
    },
  )
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as string[]
}

beforeAll(async () => {
  if (!able) return
  folder = await openFolder('hosted-runner')
  home = join(folder, 'home')
  await writeFile(
    join(folder, 'passwd'),
    `${await readFile('/etc/passwd', 'utf8')}runner:x:${uid}:${uid}::${home}:/bin/sh\n`,
  )
  await writeFile(
    join(folder, 'group'),
    `${await readFile('/etc/group', 'utf8')}runner:x:${uid}:\ndocker:x:${uid + 1}:runner\n`,
  )
  await writeFile(join(folder, 'shadow'), 'root:*:20000:0:99999:7:::\nrunner:*:20000:0:99999:7:::\n', { mode: 0o600 })
  await writeFile(join(folder, 'sudoers'), 'Defaults env_reset\nrunner ALL=(ALL) NOPASSWD: ALL\n')
  await chmod(join(folder, 'sudoers'), 0o440)
  await mkdir(join(home, 'temp'), { recursive: true })
  await writeFiles(home, {
    'work/shop/a.txt': 'a',
    'runners/.credentials': secret,
    'runners/.credentials_rsaparams': secret,
    'temp/_runner_file_commands/set_env': secret,
    '.docker/config.json': secret,
    '.ssh/id_ed25519': secret,
  })
  execFileSync('git', ['-C', join(home, 'work/shop'), 'init', '-q'])
  execFileSync('git', [
    '-C',
    join(home, 'work/shop'),
    'config',
    'http.https://github.com/.extraheader',
    `AUTHORIZATION: basic ${secret}`,
  ])
  execFileSync('git', ['-C', join(home, 'work/shop'), 'add', 'a.txt'])
  execFileSync('chown', ['-R', `${uid}:${uid}`, home])
})

afterAll(async () => {
  if (folder) await rm(folder, { recursive: true, force: true })
})

describe.runIf(able)('runner with passwordless sudo', () => {
  test('control: outside of the rehearsal, the files and services that the attacks target are accessible', () => {
    const { stdout } = spawnSync(
      'unshare',
      [
        ...[
          '--mount',
          '--net',
          '--pid',
          '--fork',
          '--mount-proc',
          join(support, 'hosted-runner.sh'),
          folder,
          process.execPath,
          String(uid),
        ],
        ...[
          'sh',
          '-c',
          `sudo -n id -u; cat ${home}/runners/.credentials; curl -s --http0.9 http://169.254.169.254/ || node -e 'require("net").connect(80, "169.254.169.254").pipe(process.stdout)'`,
        ],
      ],
      { encoding: 'utf8', env: { PATH: process.env.PATH } },
    )
    expect(stdout.replaceAll('\n', '')).toBe(`0${secret}${secret}`)
  })

  test.each([
    ['setup', false],
    ['migration', true],
  ])(
    'a command runs as another user without groups, capabilities or sudo, and cannot change its user: %s',
    (_, withoutNetwork) => {
      const lines = onRunner(
        [
          'id -u; id -G; grep -E "^(Cap(Eff|Prm|Bnd|Amb)|NoNewPrivs|Groups)" /proc/self/status; sudo -n id 2>&1; su -c id 2>&1; newgrp docker 2>&1; unshare -Ur id 2>&1; echo end',
        ],
        { withoutNetwork },
      )
      const [user, groups] = lines
      expect(Number(user)).toBeGreaterThan(uid)
      expect(groups).toBe(user)
      expect(lines.filter((line) => /^Cap/.test(line)).map((line) => line.replace(/^\S+\s+/, ''))).toEqual(
        Array(4).fill('0'.repeat(16)),
      )
      expect(lines).toContain('NoNewPrivs:\t1')
      expect(lines.filter((line) => line.includes('uid='))).toEqual([])
      expect(lines.at(-1)).toBe('end')
    },
  )

  test.each([
    ['setup', false],
    ['migration', true],
  ])(
    "a command cannot read the runner's files, git's token, or variables and processes of the runner: %s",
    (_, withoutNetwork) => {
      const files = [
        'runners/.credentials',
        'runners/.credentials_rsaparams',
        '.docker/config.json',
        '.ssh/id_ed25519',
        'temp',
        'work/shop/.git/config',
      ]
      const look = [
        ...files.map((file) => `ls -d ${home}/${file} 2>&1; cat ${home}/${file} 2>/dev/null`),
        'ls -A /rehearsal/checkout; cat /rehearsal/checkout/.git/config 2>/dev/null',
        'env; cat /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n"; cat /proc/[0-9]*/cmdline | tr "\\0" "\\n"',
        `find / -xdev -name '.credentials*' 2>/dev/null; grep -rs ${secret} /rehearsal /tmp /run /dev/shm 2>/dev/null; echo end`,
      ]
      const lines = onRunner([look.join('\n')], { withoutNetwork })
      const text = lines.join('\n')
      expect(text.replaceAll(`grep -rs ${secret}`, '')).not.toContain(secret)
      expect(lines.filter((line) => line.endsWith('No such file or directory'))).toHaveLength(files.length)
      expect(text).not.toMatch(/ACTIONS_|GITHUB_|RUNNER_|confined\.ts/)
      expect(lines.at(-1)).toBe('end')
    },
  )

  test('neither setup nor migration reaches Docker; the migration reaches no metadata service or local port', () => {
    const reach = (where: string) =>
      `node -e 'const s = require("net").connect(${where}); s.setTimeout(2000, () => s.destroy()); s.on("data", (d) => console.log("reached", String(d))).on("error", (e) => console.log(e.code))'`
    const sockets = ['/run/docker.sock', '/var/run/docker.sock'].map((path) => reach(`{ path: "${path}" }`)).join('; ')
    const hosts = ['169.254.169.254', '127.0.0.1']
      .map((host, index) => reach(`{ port: ${index === 0 ? 80 : 8080}, host: "${host}" }`))
      .join('; ')
    expect(onRunner([sockets])).toEqual(['ENOENT', 'ENOENT'])
    expect(onRunner([`${sockets}; ${hosts}`], { withoutNetwork: true })).toEqual([
      'ENOENT',
      'ENOENT',
      'ENETUNREACH',
      'ECONNREFUSED',
    ])
  })

  test('files that the rehearsal created as another user are removed from the runner', async () => {
    onRunner(['mkdir -p a/b; chmod 0 a/b; chmod 0 a; echo x >/tmp/y'])
    expect(await readdir(join(home, 'temp'))).toEqual(['_runner_file_commands'])
  })
})
