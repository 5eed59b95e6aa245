// A real platform that notes when its dumps are closed.
import { openPlatform } from '../../src/engines/postgres/platform.ts'
import type { Platform } from '../../src/ports/platform.ts'

/** `closed` returns when a dump was first closed, in milliseconds since 1970; infinity if none was. */
export async function watchedPlatform(url: string): Promise<{ platform: Platform; closed(): number }> {
  let closing = Number.POSITIVE_INFINITY
  const platform = await openPlatform(url, { installTools: false })
  return {
    closed: () => closing,
    platform: {
      display: platform.display,
      probe: () => platform.probe(),
      openDump: async (request) => {
        const dump = await platform.openDump(request)
        return {
          snapshot: dump.snapshot,
          snapshotName: dump.snapshotName,
          dumpAgain: (dumpOptions) => dump.dumpAgain(dumpOptions),
          tables: dump.tables,
          payloads: () => dump.payloads(),
          finish: () => dump.finish(),
          close: async () => {
            closing = Math.min(closing, Date.now())
            await dump.close()
          },
        }
      },
    },
  }
}
