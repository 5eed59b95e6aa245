// Every example of the reference, which is also that of `--help`, run as it is written.
import { testPages } from '../support/documented-pages.ts'

testPages(['docs/reference.md'])
