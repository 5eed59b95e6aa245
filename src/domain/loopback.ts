// Detects hosts that are this machine: a connection to them crosses no network.

/**
 * Whether a host is a name or address of the loopback interface, with or without the brackets of IPv6, or the folder of
 * a unix socket.
 */
export function isLoopback(host: string): boolean {
  return /^(localhost|([a-z0-9-]+\.)+localhost|127(\.\d{1,3}){3}|\[?(::1|::ffff:127(\.\d{1,3}){3})\]?|\/.*)$/i.test(
    host,
  )
}
