import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const source = JSON.stringify(join(import.meta.dirname, '../../../src/streams/processes/supervisor.ts'))

/** Takes every file descriptor; then a group that does not exist is supervised, and once more with free ones. */
const script = `
import { closeSync, openSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { supervise } from ${source}
const taken = []
try { for (;;) taken.push(openSync('/dev/null')) } catch {}
const release = supervise(-4194304)
await sleep(50)
release()
for (const each of taken) closeSync(each)
supervise(-4194304)()
console.log(taken.length > 0 ? 'goes on' : 'not tried')`

test('a supervisor that cannot be started fails nothing, and is started once it can be', () => {
  const arguments_ = ['-c', 'ulimit -n 60; exec "$@"', 'sh', process.execPath, '--input-type=module', '-e', script]
  const { stdout, stderr, status } = spawnSync('sh', arguments_, { encoding: 'utf8' })
  expect({ stdout, stderr, status }).toEqual({ stdout: 'goes on\n', stderr: '', status: 0 })
})
