// Findings about access to a server: password, encryption, CONFIG, backup method, permissions.
import { isLoopback } from '../../../domain/loopback.ts'
import type { Finding } from '../../../ports/redis.ts'
import type { NodeFacts } from './facts.ts'

export function accessFindings(facts: NodeFacts): Finding[] {
  return [password(facts), encryption(facts), settings(facts), method(facts), permissions(facts)].flat()
}

const setPassword = "CONFIG SET requirepass 'a long random password'"

function password({ anonymous, config, host }: NodeFacts): Finding[] {
  const title = 'Password'
  if (anonymous === false) return [{ state: 'good', title, detail: 'a password is required' }]
  if (anonymous === undefined)
    return [{ state: 'unknown', title, detail: 'could not test whether a password is required' }]
  if (!isLoopback(host)) {
    return [
      {
        state: 'bad',
        title,
        detail: 'anyone who can reach the server can connect without a password',
        remedy: setPassword,
      },
    ]
  }
  if (!config)
    return [
      {
        state: 'warning',
        title,
        detail: 'every user of this machine can connect without a password',
        remedy: setPassword,
      },
    ]
  const bound = (config.bind ?? '').split(/\s+/).filter(Boolean)
  const here = bound.length > 0 && bound.every((address) => isLoopback(address.replace(/^-/, '')))
  if (here)
    return [
      {
        state: 'good',
        title,
        detail: 'no password is required, but only programs on the same machine can reach the server',
      },
    ]
  if (config['protected-mode'] === 'yes') {
    return [
      {
        state: 'good',
        title,
        detail: 'no password is required, but protected mode admits only programs on the same machine',
      },
    ]
  }
  const detail =
    'anyone who can reach the server can connect without a password: protected mode is off, and the server listens on the network'
  return [{ state: 'bad', title, detail, remedy: setPassword }]
}

function encryption({ tls, host }: NodeFacts): Finding[] {
  const title = 'Encryption'
  if (tls) return [{ state: 'good', title, detail: 'the connection is encrypted (TLS)' }]
  if (isLoopback(host)) return []
  const detail =
    'the password and the data are not encrypted on the network; use rediss:// in the URL if the server supports TLS'
  return [{ state: 'warning', title, detail }]
}

function settings({ config, backup: { user = 'NAME' } }: NodeFacts): Finding[] {
  if (config) return []
  const detail = 'the server does not permit CONFIG, as with many managed services, so its settings are not known'
  return [{ state: 'unknown', title: 'Settings', detail, remedy: `ACL SETUSER ${user} +config|get` }]
}

function method({ backup: { user, replication }, config }: NodeFacts): Finding[] {
  const title = 'Backup method'
  const wait = config?.['repl-diskless-sync'] === 'yes' ? Number(config['repl-diskless-sync-delay']) || 0 : 0
  const waits = wait > 0 ? `; each backup waits ${wait} s for other replicas (repl-diskless-sync-delay)` : ''
  if (replication)
    return [
      { state: 'good', title, detail: `backups read a consistent snapshot over the replication protocol${waits}` },
    ]
  if (replication === undefined) {
    const detail = 'it is not known whether the user can use the replication protocol; if not, backups read key by key'
    return [{ state: 'unknown', title, detail }]
  }
  const detail =
    'the user cannot use the replication protocol, so backups read key by key (SCAN and DUMP), without a consistent snapshot'
  return [
    {
      state: 'warning',
      title,
      detail,
      ...(user !== undefined && { remedy: `ACL SETUSER ${user} +psync +sync +replconf` }),
    },
  ]
}

function permissions({ backup: { user, replication, missing } }: NodeFacts): Finding[] {
  if (user === undefined || missing === undefined) {
    const detail = 'the server does not report the permissions of the user; it may refuse a command during a restore'
    const remedy = `ACL SETUSER ${user ?? 'NAME'} +acl|whoami +acl|dryrun`
    return [{ state: 'unknown', title: 'Permissions', detail, remedy }]
  }
  const lacks = (work: string, rules: readonly string[]): Finding[] => {
    const detail = `the user ${user} lacks permissions for ${work}: ${rules.join(' ')}`
    const remedy = `ACL SETUSER ${user} ${rules.join(' ')}`
    return rules.length === 0 ? [] : [{ state: 'warning', title: 'Permissions', detail, remedy }]
  }
  const found = [
    ...(replication ? [] : lacks('a backup key by key', missing.scan)),
    ...lacks('a restore', missing.restore),
  ]
  if (found.length > 0) return found
  return [{ state: 'good', title: 'Permissions', detail: `the user ${user} can run every command of a restore` }]
}
