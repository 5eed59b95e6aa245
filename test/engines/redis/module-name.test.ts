// Names of modules' data types, as keys and data outside of keys carry them.
import { expect, test } from 'vitest'
import { addPrints, RdbPrint } from '../../../src/engines/redis/rdb/fingerprint.ts'
import { RdbReader } from '../../../src/engines/redis/rdb/reader.ts'
import { moduleId } from '../../support/module-data.ts'
import { keyWith, length, longLength, moduleParts, rdb, str } from './rdb-bytes.ts'

const moduleKey = (type: string, name = 'k') =>
  keyWith(7, name, Buffer.concat([longLength(moduleId(type, 3)), moduleParts]))
const outside = (type: string) =>
  Buffer.concat([Buffer.of(247), longLength(moduleId(type, 1)), length(2), length(1), moduleParts])

function printOf(bytes: Buffer, chunk = bytes.length) {
  const print = new RdbPrint()
  const reader = new RdbReader(print)
  for (let at = 0; at < bytes.length; at += chunk) reader.write(bytes.subarray(at, at + chunk))
  reader.end()
  return print.fingerprint()
}

test.each(['vectorset', 'ReJSON-RL', 'ft_index0', 'AAAAAAAAA', '---------', '_9aZ-0_zA'])(
  '%s is read from a key',
  (type) => {
    expect(printOf(rdb([moduleKey(type)])).modules).toEqual([type])
  },
)

test('data outside of keys names its module too, each name once, in order, whatever the chunks', () => {
  const parts = [
    outside('trietype0'),
    moduleKey('vectorset', 'a'),
    moduleKey('ReJSON-RL', 'b'),
    moduleKey('vectorset', 'c'),
  ]
  for (const chunk of [1, 7, 4096]) {
    expect(printOf(rdb(parts), chunk).modules).toEqual(['ReJSON-RL', 'trietype0', 'vectorset'])
  }
})

test('a backup without modules names none', () => {
  expect(printOf(rdb([keyWith(0, 'k', str('v'))]))).not.toHaveProperty('modules')
})

test('shards of a cluster name the modules of all', () => {
  const prints = ['vectorset', 'ReJSON-RL', 'vectorset'].map((type) => printOf(rdb([moduleKey(type)])))
  expect(addPrints(prints).modules).toEqual(['ReJSON-RL', 'vectorset'])
  expect(addPrints([printOf(rdb([]))])).not.toHaveProperty('modules')
})
