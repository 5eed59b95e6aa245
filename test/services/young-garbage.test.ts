// Garbage of streams is collected while they run.
import { expect, test } from 'vitest'
import { youngGarbage } from '../../src/streams/young-garbage.ts'

test('buffers that nobody holds any more do not pile up, however many there were', () => {
  const collect = youngGarbage()
  let highest = 0
  for (let i = 0; i < 4000; i += 1) {
    const chunk = Buffer.allocUnsafeSlow(65_536)
    collect(chunk.length)
    highest = Math.max(highest, process.memoryUsage().arrayBuffers)
  }
  expect(highest).toBeLessThan(24e6)
})
