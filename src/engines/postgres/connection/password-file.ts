// Reads passwords by server, database and user: https://www.postgresql.org/docs/current/libpq-pgpass.html
import { readFile, stat } from 'node:fs/promises'

interface PasswordQuestion {
  readonly host: string
  readonly port: string
  readonly database: string
  readonly user: string
}

/** Returns the password of the first line that matches. As in libpq, a file that other users can read is ignored. */
export async function passwordIn(
  file: string,
  { host, port, database, user }: PasswordQuestion,
): Promise<string | undefined> {
  const facts = await stat(file).catch(() => undefined)
  if (!facts?.isFile() || (facts.mode & 0o077) !== 0) return undefined
  const lines = (await readFile(file, 'utf8')).split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'))
  const asked = [host.startsWith('/') ? 'localhost' : host, port, database, user]
  for (const line of lines) {
    const [, ...fields] =
      /^((?:\\.|[^:\\])*):((?:\\.|[^:\\])*):((?:\\.|[^:\\])*):((?:\\.|[^:\\])*):(.*)$/s.exec(line) ?? []
    const given = fields.map((field) => field.replaceAll(/\\(.)/gs, '$1'))
    const fits = asked.every(
      (value, at) => given[at] === '*' || given[at] === value || (at === 0 && given[at] === host),
    )
    if (fields.length > 0 && fits) return given[4]
  }
  return undefined
}
