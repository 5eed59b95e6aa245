// Handmade RDBs with data of Redis modules: no module needs to be installed.
import { Crc64 } from '../../src/engines/redis/rdb/crc64.ts'

const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** The 64-bit ID of a module's data type: nine characters of six bits, ten bits of encoding version. */
export function moduleId(type: string, version = 0): bigint {
  const name = [...type].reduce((bits, character) => (bits << 6n) | BigInt(characters.indexOf(character)), 0n)
  return (name << 10n) | BigInt(version)
}

/** A complete RDB of version 10: a string, and a key of the module or data that the module saved outside of keys. */
export function moduleRdb(type: string, where: 'key' | 'outside' = 'key'): Buffer {
  const id = Buffer.alloc(9, 0x81)
  id.writeBigUInt64BE(moduleId(type), 1)
  const value = Buffer.of(2, 5, 0) // one unsigned integer, end
  const outside = Buffer.concat([Buffer.of(0xf7), id, Buffer.of(2, 1), value])
  const key = Buffer.concat([Buffer.of(7, 1), Buffer.from('m'), id, value])
  const parts = where === 'key' ? [select, plain, key] : [outside, select, plain]
  const content = Buffer.concat([Buffer.from('REDIS0010'), ...parts, Buffer.of(0xff)])
  const crc = new Crc64()
  crc.update(content)
  return Buffer.concat([content, crc.digest()])
}

const select = Buffer.of(0xfe, 0)
const plain = Buffer.concat([Buffer.of(0, 5), Buffer.from('plain'), Buffer.of(1), Buffer.from('v')])
