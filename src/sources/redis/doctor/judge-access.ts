// Who may reach the server, and how our backups may read it.
import { isLoopback } from '../../../domain/loopback.ts'
import type { Finding } from '../../../operations/redis-ports.ts'
import type { NodeFacts } from './facts.ts'

export function accessFindings(facts: NodeFacts): Finding[] {
  return [password(facts), encryption(facts), settings(facts), method(facts)].flat()
}

const setPassword = "CONFIG SET requirepass 'a long random password'"

function password({ anonymous, config, host }: NodeFacts): Finding[] {
  const title = 'Password'
  if (anonymous === false) return [{ state: 'good', title, detail: 'nobody gets in without one' }]
  if (anonymous === undefined) return [{ state: 'unknown', title, detail: 'whether one is needed could not be tried' }]
  if (!isLoopback(host)) {
    return [{ state: 'bad', title, detail: 'whoever reaches the server gets in without one', remedy: setPassword }]
  }
  if (!config)
    return [{ state: 'warning', title, detail: 'from this machine everybody gets in without one', remedy: setPassword }]
  const bound = (config.bind ?? '').split(/\s+/).filter(Boolean)
  const here = bound.length > 0 && bound.every((address) => isLoopback(address.replace(/^-/, '')))
  if (here) return [{ state: 'good', title, detail: 'none is needed, and only programs of its own machine reach the server' }]
  if (config['protected-mode'] === 'yes') {
    return [{ state: 'good', title, detail: 'none is needed, and protected mode lets in only programs of its own machine' }]
  }
  const detail = 'whoever reaches the server gets in without one: protected mode is off, and it listens beyond its own machine'
  return [{ state: 'bad', title, detail, remedy: setPassword }]
}

function encryption({ tls, host }: NodeFacts): Finding[] {
  const title = 'Encryption'
  if (tls) return [{ state: 'good', title, detail: 'the connection is encrypted (TLS)' }]
  if (isLoopback(host)) return []
  const detail = 'password and data cross the network in plain text; use a URL that begins with rediss:// if the server has TLS'
  return [{ state: 'warning', title, detail }]
}

function settings({ config, backup: { user = 'NAME' } }: NodeFacts): Finding[] {
  if (config) return []
  const detail = 'CONFIG is refused or disabled, as in many a managed service: what it would say is unknown'
  return [{ state: 'unknown', title: 'Settings', detail, remedy: `ACL SETUSER ${user} +config|get` }]
}

function method({ backup: { user, replication }, config }: NodeFacts): Finding[] {
  const title = 'Backup method'
  const wait = config?.['repl-diskless-sync'] === 'yes' ? Number(config['repl-diskless-sync-delay']) || 0 : 0
  const waits = wait > 0 ? `; each waits ${wait} s for other replicas (repl-diskless-sync-delay)` : ''
  if (replication) return [{ state: 'good', title, detail: `backups read one instant by the replication protocol${waits}` }]
  if (replication === undefined) {
    const detail = 'whether our user may use the replication protocol is not known; where not, backups read key by key'
    return [{ state: 'unknown', title, detail }]
  }
  const detail =
    'the replication protocol is closed to us: backups read key by key (SCAN and DUMP), each key as of another moment'
  return [
    { state: 'warning', title, detail, ...(user !== undefined && { remedy: `ACL SETUSER ${user} +psync +sync +replconf` }) },
  ]
}
