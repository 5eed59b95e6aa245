// How every action begins: a command out of the registry, in the real world.

import { Failure } from '../../domain/failures/failure.ts'
import { runActionProcess } from '../../hosts/action/process.ts'
import { systemClock } from '../clock.ts'
import { registry } from '../registry.ts'
import { makeWorld } from '../world.ts'

/** Runs the command of that name as this process's action. */
export async function startAction(name: string): Promise<void> {
  const load = () => {
    const found = registry[name]
    if (!found) throw new Failure('internal/bug', `there is no command ${name} for this action`)
    return found.load()
  }
  await runActionProcess({ name, load, clock: systemClock, makeWorld })
}
