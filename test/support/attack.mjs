// Attacks of a hostile migration. Prints each result as a line of JSON: { attack, got }. Tests run it inside a
// rehearsal.
import { execFileSync, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'

const [, , targetsText = '{}'] = process.argv
const targets = JSON.parse(targetsText)
const tell = (attack, got) => console.log(JSON.stringify({ attack, got }))
const attempt = (work) => {
  try {
    return work()
  } catch (error) {
    return `failed: ${error.code ?? error.message}`
  }
}
const reach = (where) =>
  new Promise((resolve) => {
    const socket = connect(where)
    const done = (answer) => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(3000, () => done('failed: no answer'))
    socket.on('connect', () => done('connected')).on('error', (error) => done(`failed: ${error.code}`))
  })

for (const [name, where] of Object.entries(targets.sockets ?? {})) tell(`reach ${name}`, await reach(where))
for (const [name, path] of Object.entries(targets.files ?? {}))
  tell(
    `read ${name}`,
    attempt(() => readFileSync(path, 'utf8')),
  )
tell('environment', process.env)
const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
tell('number of processes', processes.length)
const others = processes.filter((pid) => Number(pid) !== process.pid && Number(pid) !== process.ppid)
tell(
  'environments of others',
  others.map((pid) => attempt(() => readFileSync(`/proc/${pid}/environ`, 'utf8'))).join(' '),
)
tell(
  'root of process 1',
  attempt(() => readdirSync('/proc/1/root').join(' ')),
)
tell('status', readFileSync('/proc/self/status', 'utf8'))
for (const [name, [command, ...words]] of Object.entries(targets.commands ?? {})) {
  tell(
    name,
    attempt(() => execFileSync(command, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()),
  )
}
spawn('sleep', [targets.sleep ?? '321'], { detached: true, stdio: 'ignore' }).unref()
