// Starts a command of the registry as an action.

import { Failure } from '../../domain/failures/failure.ts'
import { runActionProcess } from '../../hosts/action/process.ts'
import { systemClock } from '../clock.ts'
import { registry } from '../registry.ts'
import { makeWorld } from '../world.ts'

/** Runs the command with this name as the action of this process. */
export async function startAction(name: string): Promise<void> {
  const load = () => {
    const found = registry[name]
    if (!found) throw new Failure('internal/bug', `there is no command ${name} for this action`)
    return found.load()
  }
  await runActionProcess({ name, load, clock: systemClock, makeWorld })
}
