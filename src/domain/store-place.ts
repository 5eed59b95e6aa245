// Where a store is, told by its address: what the gate must know to say whether a backup is off-site.

export type StorePlace = 'bucket' | 'directory' | 'artifact'

/** Of an address such as `s3://bucket/prefix`, `artifact:`, `file:./backups` or a path. */
export function storePlace(address: string): StorePlace {
  if (/^s3:/i.test(address)) return 'bucket'
  return /^artifact:/i.test(address) ? 'artifact' : 'directory'
}
