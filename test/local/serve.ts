/** The process that crash tests kill: without the library, which would make every start slow. */
import { openPremura } from '../../local/process.ts'
import { stopWhenTold } from '../../local/stopping.ts'
import { KEY, START } from './shop.ts'

const [, , dir = ''] = process.argv
const premura = await openPremura({ dir, port: 0, now: START, adminKey: KEY, library: null, log: 'error' })
stopWhenTold(premura)
process.stdout.write(`ready ${premura.url}\n`)
