// Every command of README, run as it is written.
import { testPages } from '../support/documented-pages.ts'

testPages(['README.md'])
