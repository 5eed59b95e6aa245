// Limits for programs that are not trusted.
import { totalmem } from 'node:os'

const share = 0.75

/** Bytes of memory for each program, and where control groups are, for all of them together: three quarters of what there is. */
export function memoryLimit(): number {
  const constrained = process.constrainedMemory()
  const available = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()
  return Math.floor(available * share)
}

/** Words in front of a program: prlimit(1). */
export function limited(): string[] {
  return ['prlimit', `--as=${memoryLimit()}`, '--nproc=1024', '--core=0', '--']
}
