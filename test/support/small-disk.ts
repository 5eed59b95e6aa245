// A small disk with a tablespace on it.
import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TestPostgres } from './postgres-server.ts'
import { temporaryFolder } from './real-world.ts'

const run = promisify(execFile)

/** A mounted disk of 64 MB, which has the tablespace `small`. */
export interface SmallDisk {
  /** Takes up space of the disk, such as `38M`. */
  fill(size: string): Promise<void>
  /** Drops the tablespace, which must be empty, and unmounts the disk. */
  remove(): Promise<void>
}

/** Mounts the disk and creates the tablespace. Returns undefined if this user cannot mount. */
export async function makeSmallDisk(server: TestPostgres): Promise<SmallDisk | undefined> {
  const folder = await temporaryFolder('small-disk')
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=64m,mode=0777', 'tmpfs', folder])
  } catch {
    await rm(folder, { recursive: true })
    return undefined
  }
  const space = join(folder, 'space')
  const makeSpace = `mkdir "${space}" && chown --reference="${server.folder}/data" "${space}" && chmod 700 "${space}"`
  const disk: SmallDisk = {
    async fill(size) {
      await run('fallocate', ['-l', size, join(folder, 'filler')])
    },
    async remove() {
      await server.query('postgres', 'DROP TABLESPACE IF EXISTS small')
      await run('umount', [folder])
      await rm(folder, { recursive: true, force: true })
    },
  }
  try {
    await run('bash', ['-c', makeSpace])
    await server.query('postgres', `CREATE TABLESPACE small LOCATION '${space}'`)
    return disk
  } catch (error) {
    await disk.remove()
    throw error
  }
}
