#!/usr/bin/env node
// `resguardo` on the command line.
import { onNewNode } from './new-node.ts'

await onNewNode(() => import('./terminal.ts'))
