// Folders that killed runs left behind, removed by the next run.
import { lstat, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Beginnings of the names of folders that hold a file `pid` while somebody needs them. */
const ours = /^resguardo-(scratch|load|rehearsal)-/
const day = 86_400_000

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
