/** A process that ends when it is told to, and not in the middle of something. */
import { messageOf } from './data-folder.ts'
import type { Premura } from './process.ts'

const PATIENCE_MS = 15_000
const PARENT_POLL_MS = 500

/** From now on SIGTERM and SIGINT finish what is in hand and end the process with 0. */
export function stopWhenTold(premura: Premura): void {
  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    setTimeout(() => {
      process.stderr.write('stopping took too long; what was in hand is taken up at the next start\n')
      process.exit(1)
    }, PATIENCE_MS).unref()
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
  if (process.env.npm_lifecycle_event !== undefined) stopWithParent(stop)
}

/** An npm that is killed tells nobody, and what it started would go on unseen, holding the port and the data folder. */
function stopWithParent(stop: () => void): void {
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) stop()
  }, PARENT_POLL_MS).unref()
}
