/** `npm start`: Premura on this machine, until it is told to stop. */
import { StartError } from './data-folder.ts'
import { readOptions, usage } from './options.ts'

try {
  const options = readOptions(process.argv.slice(2), process.env)
  if (options === 'help') process.stdout.write(usage)
  else {
    // Only now, because it takes a second to load and what is wrong with the options should be said at once.
    const { openPremura } = await import('./process.ts')
    const { stopWhenTold } = await import('./stopping.ts')
    const premura = await openPremura(options)
    stopWhenTold(premura)
    for (const notice of premura.notices) process.stderr.write(`${notice}\n`)
    if (premura.adminKey !== undefined && options.adminKey === undefined)
      process.stderr.write(`admin key (shown this once): ${premura.adminKey}\n`)
    process.stdout.write(`ready ${premura.url}\n`)
  }
} catch (error) {
  if (!(error instanceof StartError)) throw error
  process.stderr.write(`premura: ${error.message}\n`)
  process.exitCode = 1
}
