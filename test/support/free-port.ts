// Finds a TCP port on loopback on which no process listens.
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** Another process may take the port: call this immediately before the server starts. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
