// A folder for untrusted commands: a copy of the checkout, an empty home, and temporary files.
import { chmod, lstat, mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Failure } from '../domain/failures/failure.ts'
import type { ConfinementRequest } from '../ports/confinement.ts'
import { makeOwnFolder, removeOwnFolder } from '../streams/files/leftovers.ts'
import { copyCheckout } from './copy-checkout.ts'

export interface Workspace {
  /** Only this user can enter it. */
  readonly folder: string
  /** Contains `checkout`, `home` and `tmp`, which the command can write to. */
  readonly inside: string
  /** Never throws. */
  remove(): Promise<void>
}

/**
 * Creates the folder. Throws a failure of kind usage if the checkout is not a folder. If it throws, it leaves nothing
 * behind.
 */
export async function makeWorkspace({ checkout, temporary, signal }: ConfinementRequest): Promise<Workspace> {
  const from = resolve(checkout)
  const found = await lstat(from).catch(() => undefined)
  if (!found?.isDirectory()) {
    throw new Failure('rehearsal/no-checkout', `the checkout ${checkout} is not a folder`, {
      hint: 'Give the folder of the checkout with --migrate-directory. In a workflow, run actions/checkout first.',
    })
  }
  const folder = await makeOwnFolder(temporary, 'resguardo-rehearsal-')
  const inside = join(folder, 'inside')
  try {
    for (const name of ['root', 'inside/checkout', 'inside/home', 'inside/tmp'])
      await mkdir(join(folder, name), { recursive: true, mode: 0o700 })
    await chmod(join(inside, 'tmp'), 0o1777)
    await copyCheckout(from, join(inside, 'checkout'), signal)
  } catch (error) {
    await removeOwnFolder(folder)
    throw error
  }
  return { folder, inside, remove: () => removeOwnFolder(folder) }
}
