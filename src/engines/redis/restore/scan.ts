// Scans the names of a target's keys, page by page.
import { scanPageIn } from '../connection/replies.ts'
import type { Reply } from '../connection/resp.ts'
import type { CommandRouter } from './command-router.ts'

const page = 1000

/**
 * Calls `found` with each page of names; a name may occur twice. Commands that `found` writes to `out` are finished
 * before the next page is requested.
 */
export async function scanKeys(
  out: CommandRouter,
  database: number,
  match: Uint8Array,
  found: (keys: readonly Buffer[]) => void | Promise<void>,
) {
  for (const place of out.servers.all.keys()) {
    let cursor = '0'
    do {
      const reply: Reply = await out.askAt(place, database, 'SCAN', cursor, 'MATCH', match, 'COUNT', page)
      const { cursor: next, keys } = scanPageIn(reply)
      if (keys.length > 0) {
        await found(keys)
        await out.finish()
      }
      cursor = next
    } while (cursor !== '0')
  }
}
