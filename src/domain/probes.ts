// The probe object that checks write access to a store. It is deleted at once; `prune` deletes the probes of killed
// runs.

/** The key of the probe object. No backup can have this name. */
export const probeKey = '.resguardo-check'
