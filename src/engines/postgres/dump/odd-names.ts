// Names that cannot be converted to UTF-8. The encodings of some databases permit them.

/** SQL: whether a name is ASCII, which is the same in every encoding. */
export function isAsciiSql(name: string): string {
  return `${name}::text !~ '[^\\x01-\\x7F]'`
}

/** Whether a query failed because the server could not convert what it read. */
export function isUnconvertible(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return code === '22P05' || code === '22021'
}
