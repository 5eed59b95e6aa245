// Folders that killed runs left behind, removed by the next run.
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

/** Beginnings of the names of folders that hold a file `pid` while somebody needs them. */
const ours = /^resguardo-(scratch|load|rehearsal|redis)-/
const day = 86_400_000

/** A folder of this process for the work, removed afterwards; where the process is killed, the next run removes it. */
export async function withOwnFolder<T>(temporary: string, prefix: string, work: (folder: string) => Promise<T>): Promise<T> {
  const parent = resolve(temporary)
  await mkdir(parent, { recursive: true })
  const folder = await mkdtemp(join(parent, prefix))
  try {
    await writeFile(join(folder, 'pid'), `${process.pid}\n`)
    await sweepLeftovers(parent, folder)
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Removes folders whose process is gone, and those without a `pid` that are a day older than `fresh`, a folder just made. Never throws. */
export async function sweepLeftovers(temporary: string, fresh: string): Promise<void> {
  const now = (await lstat(fresh).catch(() => undefined))?.mtimeMs ?? 0
  const names = (await readdir(temporary).catch(() => [])).filter((name) => ours.test(name))
  await Promise.all(
    names.map(async (name) => {
      const folder = join(temporary, name)
      if (await isLeftover(folder, now)) await rm(folder, { recursive: true, force: true }).catch(() => {})
    }),
  )
}

async function isLeftover(folder: string, now: number): Promise<boolean> {
  const found = await lstat(folder).catch(() => undefined)
  if (!found?.isDirectory()) return false
  const pid = Number(await readFile(join(folder, 'pid'), 'utf8').catch(() => 'unreadable'))
  return Number.isInteger(pid) && pid > 0 ? !isAlive(pid) : found.mtimeMs < now - day
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
