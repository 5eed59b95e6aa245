// The command line, once the right Node runs it.

import { runProcess } from '../hosts/cli/process.ts'
import { systemClock } from './clock.ts'
import { registry } from './registry.ts'
import { version } from './version.ts'
import { makeWorld } from './world.ts'

await runProcess({ registry, version, clock: systemClock, makeWorld })
