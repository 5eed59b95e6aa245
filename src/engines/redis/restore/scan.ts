// Goes through the names of a target's keys, page by page.
import { scanPageIn } from '../connection/replies.ts'
import type { Reply } from '../connection/resp.ts'
import type { CommandRouter } from './command-router.ts'

const page = 1000

/**
 * `found` gets the names of one page, some perhaps twice; what it writes to `out` is done before the next page is asked
 * for.
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
