// Runs every example of the reference and of `--help` as written.
import { testPages } from '../support/documented-pages.ts'

testPages(['docs/reference.md'])
