// The world that commands run in: every port joined to what implements it, loaded when it is first used.
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import type { World } from '../commands/command.ts'
import type { Reporter } from '../operations/ports.ts'
import { systemClock } from './clock.ts'
import { originOf } from './origin.ts'
import { storeSettings } from './store-settings.ts'

/** The real world, telling people through `reporter`. */
export function makeWorld({ reporter, signal }: { reporter: Reporter; signal: AbortSignal }): World {
  return {
    reporter,
    signal,
    clock: systemClock,
    random: () => randomBytes(3).toString('hex'),
    temporary: tmpdir(),
    origin: originOf(process.env),
    async openStore(address, settings) {
      const { openStore } = await import('../stores/open-store.ts')
      const note = (sentence: string) => reporter.note(sentence)
      return openStore(address, isBucket(address) ? storeSettings(settings) : {}, { clock: systemClock, note })
    },
    async openPlatform(url, settings) {
      const { openPlatform } = await import('../sources/postgres/platform.ts')
      return openPlatform(url, settings)
    },
    async openScratch(request) {
      const { openScratch } = await import('../sources/postgres/scratch/open-scratch.ts')
      return openScratch(request)
    },
    async openLiveServer(url, settings) {
      const { openLiveServer } = await import('../sources/postgres/live/open-live-server.ts')
      return openLiveServer(url, settings)
    },
    async runUserCommand(command, options) {
      const { runUserCommand } = await import('../streams/user-command.ts')
      return runUserCommand(command, options, (line) => reporter.note(line))
    },
  }
}

function isBucket(address: string): boolean {
  return /^s3:/i.test(address)
}
