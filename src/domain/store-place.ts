// The place of a store, which determines whether backups survive the loss of this machine.

/** `on-site` is lost with this machine, `off-site` is not; `expiring` is remote, but deletes backups automatically. */
export type StorePlace = 'on-site' | 'off-site' | 'expiring'
