// A certificate for PostgreSQL test servers.
import { execFileSync } from 'node:child_process'
import { chmod, chown, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { serverUser } from './server-user.ts'

/** Creates a key and a certificate for localhost in a new folder, readable by the user of the test servers. */
export async function makeServerCertificate(folder: string): Promise<{ key: string; certificate: string }> {
  await mkdir(folder)
  const [key, certificate] = [join(folder, 'server.key'), join(folder, 'server.crt')]
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost']
  execFileSync('openssl', [...request, '-keyout', key, '-out', certificate], { stdio: 'ignore' })
  const user = await serverUser()
  for (const file of [key, certificate]) await chmod(file, 0o600)
  if (user) for (const file of [key, certificate]) await chown(file, user.uid, user.gid)
  return { key, certificate }
}
