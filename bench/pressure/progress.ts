/** How far a long run is: a bar where somebody looks on, a line for each part of it otherwise. */
import type { Progress } from './watch.ts'

const BAR = 30
const EVERY_MS = 100

interface Output {
  isTTY?: boolean
  write(text: string): unknown
}

export function progressOn(output: Output): { show: Progress; end(): void } {
  const terminal = output.isTTY === true
  let last = ''
  let shownAt = 0
  return {
    show(doing, done, of) {
      if (!terminal) {
        if (doing !== last) output.write(`${doing}\n`)
        last = doing
        return
      }
      const now = performance.now()
      if (now - shownAt < EVERY_MS) return
      shownAt = now
      const full = of > 0 ? Math.min(BAR, Math.floor((done / of) * BAR)) : 0
      output.write(
        `\r\x1b[K${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${doing}: ${Math.floor(done)} of ${of}`,
      )
    },
    end() {
      if (terminal) output.write('\r\x1b[K')
    },
  }
}
