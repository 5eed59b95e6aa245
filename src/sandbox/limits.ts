// Resource limits of untrusted programs.
import { totalmem } from 'node:os'

const share = 0.75

/**
 * Bytes of memory for each program and, with control groups, for all programs together: three quarters of the machine's
 * memory.
 */
export function memoryLimit(): number {
  const constrained = process.constrainedMemory()
  const available = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()
  return Math.floor(available * share)
}

/** Command prefix that limits a program: prlimit(1). */
export function limited(): string[] {
  return ['prlimit', `--as=${memoryLimit()}`, '--nproc=1024', '--core=0', '--']
}
