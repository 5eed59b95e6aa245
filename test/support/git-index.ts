// Creates git indexes that git itself would not write: https://git-scm.com/docs/index-format, version 2.
import { createHash } from 'node:crypto'

/** Creates an index of these paths and modes, in this order. */
export function gitIndex(entries: readonly (readonly [path: string, mode: number])[]): Buffer {
  const head = Buffer.alloc(12)
  head.write('DIRC')
  head.writeUInt32BE(2, 4)
  head.writeUInt32BE(entries.length, 8)
  const parts = entries.map(([path, mode]) => {
    const name = Buffer.from(path)
    const entry = Buffer.alloc(62 + name.length + (8 - ((62 + name.length) % 8)))
    entry.writeUInt32BE(mode, 24)
    entry.fill(1, 40, 60)
    entry.writeUInt16BE(name.length, 60)
    name.copy(entry, 62)
    return entry
  })
  const whole = Buffer.concat([head, ...parts])
  return Buffer.concat([whole, createHash('sha1').update(whole).digest()])
}
