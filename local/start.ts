/** `npm start`: Premura on this machine, until it is told to stop. */
import { messageOf, StartError } from './data-folder.ts'
import { readOptions, usage } from './options.ts'
import { openPremura } from './process.ts'

const STOPPING_MS = 15_000

try {
  const options = readOptions(process.argv.slice(2), process.env)
  if (options === 'help') {
    process.stdout.write(usage)
    process.exit(0)
  }
  const premura = await openPremura(options)
  for (const notice of premura.notices) process.stderr.write(`${notice}\n`)
  if (premura.adminKey !== undefined && options.adminKey === undefined)
    process.stderr.write(`admin key (shown this once): ${premura.adminKey}\n`)

  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    setTimeout(() => {
      process.stderr.write('stopping took too long; what was in hand is taken up at the next start\n')
      process.exit(1)
    }, STOPPING_MS).unref()
    premura.close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`stopping failed: ${messageOf(error)}\n`)
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  process.stdout.write(`ready ${premura.url}\n`)
} catch (error) {
  if (!(error instanceof StartError)) throw error
  process.stderr.write(`premura: ${error.message}\n`)
  process.exitCode = 1
}
