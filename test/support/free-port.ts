// A TCP port on loopback that nobody listens on just now.
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** Somebody else may take it before it is used: ask just before starting the server. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
