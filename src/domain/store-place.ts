// Where a store keeps backups, as far as it decides whether they survive.

/** `on-site` goes with this machine, `off-site` does not; `expiring` is elsewhere, but removes backups by itself. */
export type StorePlace = 'on-site' | 'off-site' | 'expiring'
