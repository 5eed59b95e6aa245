// ZIPs whose list of entries states false sizes or overlapping entries, which no library writes.
import { crc32, deflateRawSync } from 'node:zlib'

export interface ForgedEntry {
  readonly name: string
  readonly content: Buffer
  /** What the list of entries says instead. */
  readonly size?: number
  /** Shows the bytes of the first entry as its own. */
  readonly overlaps?: boolean
}

/** Returns the bytes of a ZIP. */
export function forgedZip(entries: readonly ForgedEntry[]): Buffer {
  const parts: Buffer[] = []
  const list: Buffer[] = []
  let at = 0
  for (const { name, content, size = content.length, overlaps = false } of entries) {
    const data = deflateRawSync(entries[0] && overlaps ? entries[0].content : content)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(8, 4)
    common.writeUInt32LE(crc32(content), 10)
    common.writeUInt32LE(data.length, 14)
    common.writeUInt32LE(size, 18)
    common.writeUInt16LE(Buffer.byteLength(name), 22)
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02014b50, 0)
    common.copy(central, 6)
    central.writeUInt32LE(overlaps ? 0 : at, 42)
    list.push(central, Buffer.from(name))
    if (overlaps) continue
    const local = Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), common, Buffer.from(name), data])
    parts.push(local)
    at += local.length
  }
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Math.min(entries.length, 0xffff), 8)
  end.writeUInt16LE(Math.min(entries.length, 0xffff), 10)
  const directory = Buffer.concat(list)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...parts, directory, end])
}
