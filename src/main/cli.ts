#!/usr/bin/env node
// `resguardo` on the command line.
import { registry } from '../commands/registry.ts'
import { runProcess } from '../hosts/cli/process.ts'
import { systemClock } from './clock.ts'
import { version } from './version.ts'
import { makeWorld } from './world.ts'

await runProcess({ registry, version, clock: systemClock, makeWorld })
