/** `npm run faults`: tells random stories with simulated faults for as long as wanted. */
import { main } from '../test/faults/run.ts'

process.exitCode = await main(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  isTerminal: process.stderr.isTTY === true,
})
