// Decodes the name of a module's data type from its 64-bit ID: nine characters of six bits, then ten bits of encoding
// version.

const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const versionBits = 10n
const length = 9

/** Returns a name such as `vectorset`, as in the module's source and in the log of Redis. */
export function moduleName(id: bigint): string {
  const codes = Array.from({ length }, (_, at) => Number((id >> (versionBits + 6n * BigInt(length - 1 - at))) & 63n))
  return codes.map((code) => characters[code]).join('')
}
