/**
 * What the language promises about local times, worked out without the engine: by luxon's offsets, and by trying every
 * offset that a zone has around a moment.
 */
import { DateTime, IANAZone, Settings } from 'luxon'

// Luxon takes the offset of the ambient clock's moment for its first guess, and errs when that is far from the right one.
Settings.now = () => Date.UTC(2028, 0, 1)

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const WEEK = 7 * 24 * HOUR

export interface Change {
  /** The first moment of the new offset. */
  at: number
  beforeMs: number
  afterMs: number
}

const offsetMs = (zone: IANAZone, at: number) => zone.offset(at) * MINUTE

/** Every clock change of a zone in the span. No zone changes its clock twice within a week and back. */
export function changesOf(name: string, from: number, to: number): Change[] {
  const zone = IANAZone.create(name)
  const changes: Change[] = []
  for (let start = from; start < to; start += WEEK) {
    let [low, high] = [start, Math.min(start + WEEK, to)]
    const [beforeMs, afterMs] = [offsetMs(zone, low), offsetMs(zone, high)]
    if (beforeMs === afterMs) continue
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2)
      if (offsetMs(zone, middle) === beforeMs) low = middle
      else high = middle
    }
    changes.push({ at: high, beforeMs, afterMs })
  }
  return changes
}

/**
 * The instant of a local time, which is given as if it were UTC: the first one that shows it; where none does, because the
 * clock jumps over it, the moment of the jump.
 */
export function instantShowing(name: string, local: number, changes: readonly Change[]): number {
  const zone = IANAZone.create(name)
  const near = changes.filter(({ at }) => Math.abs(at - local) < 48 * HOUR)
  const offsets = new Set(near.flatMap(({ beforeMs, afterMs }) => [beforeMs, afterMs]))
  offsets.add(offsetMs(zone, local))
  const showing = [...offsets]
    .map((offset) => local - offset)
    .filter((at) => at + offsetMs(zone, at) === local)
    .sort((one, other) => one - other)
  if (showing[0] !== undefined) return showing[0]
  const jump = near.find(({ at, beforeMs, afterMs }) => at + beforeMs <= local && local < at + afterMs)
  if (!jump) throw new Error(`${name} never shows ${new Date(local).toISOString()}, and nothing says why`)
  return jump.at
}

/** What luxon makes of a local time by its own rules: the later of two instants, and past a jump by as much as it jumps. */
export function luxonInstant(name: string, local: number): number {
  const { year, month, day, hour, minute } = DateTime.fromMillis(local, { zone: 'utc' })
  return DateTime.fromObject({ year, month, day, hour, minute }, { zone: name }).toMillis()
}

/** Every zone that there is. */
export const everyZone: readonly string[] = Intl.supportedValuesOf('timeZone')

/** `2026-03-29T02:30`, of a local time that is given as if it were UTC. */
export const wallClock = (local: number): string => new Date(local).toISOString().slice(0, 16)
