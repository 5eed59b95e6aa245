// Runs every command of README as written.
import { testPages } from '../support/documented-pages.ts'

testPages(['README.md'])
