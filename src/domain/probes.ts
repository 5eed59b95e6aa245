// What shows that a store can be written to. It is removed at once; a run that is killed in between leaves it behind for `prune`.

/** The key of the object that a store begins to write when it is checked. It belongs to no backup, and no backup has this name. */
export const probeKey = '.resguardo-check'
