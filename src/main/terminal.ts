// The command line, on a Node that is new enough.

import { runProcess } from '../hosts/cli/process.ts'
import { systemClock } from './clock.ts'
import { registry } from './registry.ts'
import { version } from './version.ts'
import { makeWorld } from './world.ts'

await runProcess({ registry, version, clock: systemClock, makeWorld })
