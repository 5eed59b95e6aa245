// Removal of leftover temporary files
// A local user redirects the cleanup of temporary files to files of other users.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, lstat, mkdir, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeOwnFolder, removeOwnFolder, sweepLeftovers } from '../../src/streams/files/leftovers.ts'
import { removeTree } from '../../src/streams/files/remove-tree.ts'
import { ordinary } from '../support/confined.ts'
import { openFolder } from '../support/drill.ts'

const isRoot = process.getuid?.() === 0
const dead = `${2 ** 22 + 1}\n`
const precious = ['a', 'b', 'c']
let folder: string
/** As /tmp: everybody may write, nobody may move what is another's. */
let temporary: string
let victim: string

beforeEach(async () => {
  folder = await openFolder('files-leftovers')
  temporary = join(folder, 'tmp')
  victim = join(folder, 'victim')
  for (const path of [temporary, victim]) await mkdir(path)
  await chmod(temporary, 0o1777)
  for (const name of precious) await writeFile(join(victim, name), 'precious')
})

afterEach(() => rm(folder, { recursive: true, force: true }))

async function leftover(name: string, owner: { uid: number; gid: number } | undefined): Promise<string> {
  const path = join(temporary, name)
  await mkdir(path)
  await writeFile(join(path, 'pid'), dead)
  if (owner) for (const each of [path, join(path, 'pid')]) await chown(each, owner.uid, owner.gid)
  return path
}

const untouched = async () => expect(await readdir(victim)).toEqual(precious)

describe.runIf(isRoot)('cleanup as root', () => {
  test('a folder of another user is not removed, even if its name and PID file look like a leftover', async () => {
    const evil = await leftover('resguardo-scratch-evil00', ordinary)
    await symlink(victim, join(evil, 'link'))
    await sweepLeftovers(temporary)
    expect(await readdir(evil)).toEqual(['link', 'pid'])
    await untouched()
  })

  test('a symbolic link named like a leftover that points to a folder of root is not followed', async () => {
    await writeFile(join(victim, 'pid'), dead)
    await symlink(victim, join(temporary, 'resguardo-scratch-evil00'))
    await sweepLeftovers(temporary)
    expect(await readdir(victim)).toEqual([...precious, 'pid'])
  })

  test('subfolders replaced with symbolic links during the cleanup are not followed', async () => {
    const left = await leftover('resguardo-scratch-sandbox', undefined)
    const data = join(left, 'data')
    await mkdir(data)
    for (let index = 0; index < 2000; index += 1) {
      await mkdir(join(data, `d${index}`))
      for (const name of precious) await writeFile(join(data, `d${index}`, name), '')
    }
    execFileSync('chown', ['-R', `${ordinary.uid}:${ordinary.gid}`, data])
    const aside = join(folder, 'aside')
    await mkdir(aside)
    await chown(aside, ordinary.uid, ordinary.gid)
    const swapper = join(import.meta.dirname, '../support/swap-folders.mjs')
    const child = spawn(process.execPath, [swapper, victim, join(aside, 'a')], {
      cwd: data,
      ...ordinary,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      await once(child.stdout, 'data')
      await chmod(left, 0o700)
      await sweepLeftovers(temporary)
      await untouched()
    } finally {
      child.kill('SIGKILL')
    }
  })
})

test.runIf(isRoot)(
  'a leftover that contains files of another user is reported and not renamed, and no other file is removed',
  async () => {
    const left = await leftover('resguardo-scratch-sandbox', ordinary)
    await mkdir(join(left, 'data'), { mode: 0o700 })
    for (const name of precious) await writeFile(join(left, 'data', name), 'precious')
    const sweep = `import { sweepLeftovers } from ${JSON.stringify(join(import.meta.dirname, '../../src/streams/files/leftovers.ts'))}; console.log(JSON.stringify(await sweepLeftovers(process.argv[1])))`
    for (const attempt of [1, 2]) {
      const run = ['--input-type=module', '-e', sweep, temporary]
      const { stdout } = spawnSync(process.execPath, run, { ...ordinary, encoding: 'utf8', env: { PATH: '/nowhere' } })
      expect([attempt, JSON.parse(stdout)]).toEqual([attempt, { removed: 0, left: [left] }])
      expect(await readdir(temporary)).toEqual(['resguardo-scratch-sandbox'])
      expect(await readdir(join(left, 'data'))).toEqual(precious)
    }
  },
)

test('a symbolic link in place of a listed folder is removed, and its target is not', async () => {
  const own = await makeOwnFolder(temporary, 'resguardo-load-')
  await mkdir(join(own, 'deep', 'data'), { recursive: true })
  await rename(join(own, 'deep', 'data'), join(own, 'data.old'))
  await symlink(victim, join(own, 'deep', 'data'))
  await symlink(join(victim, 'a'), join(own, 'deep', 'file'))
  await removeTree(join(own, 'deep'))
  expect((await readdir(own)).sort()).toEqual(['data.old', 'pid'])
  await symlink(victim, join(own, 'whole'))
  await removeTree(join(own, 'whole'))
  await untouched()
})

test('a tree of folders without permissions is removed, and the mode of a linked file does not change', async () => {
  const script = `mkdir -p "$1/x/y/z"; ln -s "$2/a" "$1/x/link"; ln -s "$2" "$1/x/y/folder"; chmod 0 "$1/x/y/z"; chmod 500 "$1/x/y"; chmod 0 "$1/x"`
  const own = await makeOwnFolder(temporary, 'resguardo-load-')
  execFileSync('sh', ['-c', script, 'sh', own, victim])
  const before = await stat(join(victim, 'a'))
  const modules = `import { removeOwnFolder } from ${JSON.stringify(join(import.meta.dirname, '../../src/streams/files/leftovers.ts'))}; await removeOwnFolder(process.argv[1])`
  if (isRoot) {
    execFileSync('chown', ['-hR', `${ordinary.uid}:${ordinary.gid}`, own])
    spawnSync(process.execPath, ['--input-type=module', '-e', modules, own], {
      ...ordinary,
      env: { PATH: process.env.PATH },
    })
  } else await removeOwnFolder(own)
  expect(await readdir(temporary)).toEqual([])
  expect((await stat(join(victim, 'a'))).mode).toBe(before.mode)
  await untouched()
})

test('a named pipe in place of a PID file does not block the cleanup', async () => {
  const left = join(temporary, 'resguardo-load-x')
  await mkdir(left)
  execFileSync('mkfifo', [join(left, 'pid')])
  await sweepLeftovers(temporary)
  expect((await lstat(left)).isDirectory()).toBe(true)
})
