// Reads connection services: https://www.postgresql.org/docs/current/libpq-pgservice.html
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../../../domain/failures/failure.ts'
import type { Parameters } from './parameters.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Returns the parameters of a service. Throws `postgres/no-such-service` if no file defines it. */
export async function readService(name: string, environment: Environment): Promise<Parameters> {
  const { PGSERVICEFILE, PGSYSCONFDIR = '/etc/postgresql-common', HOME = '/' } = environment
  for (const file of [PGSERVICEFILE ?? join(HOME, '.pg_service.conf'), join(PGSYSCONFDIR, 'pg_service.conf')]) {
    const text = await readFile(file, 'utf8').catch(() => '')
    const found = sectionOf(text, name)
    if (found) return found
  }
  throw new Failure('postgres/no-such-service', `definition of service ${JSON.stringify(name)} not found`, {
    hint: 'Define it in ~/.pg_service.conf, or set PGSERVICEFILE to its file.',
  })
}

function sectionOf(text: string, name: string): Parameters | undefined {
  let section: Map<string, string> | undefined
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '' || line.startsWith('#')) continue
    const heading = /^\[(.*)\]$/.exec(line)?.[1]
    if (heading !== undefined) {
      if (section) return section
      if (heading === name) section = new Map()
    } else if (section) {
      const [key = '', ...value] = line.split('=')
      section.set(key.trim(), value.join('=').trim())
    }
  }
  return section
}
