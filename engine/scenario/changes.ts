/** Expecting what a workflow makes of its customer. */
import { listed } from '../language/nearest.ts'
import type { Json } from '../model.ts'
import type { TimelineEntry } from '../simulate.ts'
import { formatLocal } from '../time.ts'
import { atMatches, explain, when } from './moments.ts'
import type { ExpectationWords } from './schema.ts'

interface Played {
  timeline: TimelineEntry[]
  zone: string
  used: Set<TimelineEntry>
}

/** One `set` that says all of it. */
export function changeMissing(words: ExpectationWords, world: Played): string | undefined {
  const { timeline, zone, used } = world
  const wanted = Object.entries(words.customer ?? {})
  const sets = timeline.filter(
    ({ kind, values = {} }) => kind === 'set' && wanted.some(([name]) => name in values),
  )
  const others = ({ values = {} }: TimelineEntry) =>
    wanted.filter(([name, value]) => canonical(values[name]) !== canonical(value))
  const found = sets.find(
    (entry) => !used.has(entry) && atMatches(words, entry.at, zone) && others(entry).length === 0,
  )
  if (found) {
    used.add(found)
    return undefined
  }
  const shown = (value: unknown) => (value === undefined ? 'as it was' : JSON.stringify(value))
  const all = wanted.map(([name, value]) => `${name}: ${shown(value)}`).join(', ')
  const expected = `expected the workflow to set ${all}${when(words, zone)}`
  const then = sets.find((entry) => !used.has(entry) && atMatches(words, entry.at, zone))
  if (then) {
    const { values = {} } = then
    const wrong = others(then).map(
      ([name, value]) => `${name} is ${shown(values[name])}, not ${shown(value)}`,
    )
    return `${expected}; it set the customer, but ${listed(wrong, 'and')}`
  }
  const elsewhere = sets.filter((entry) => !used.has(entry)).map((entry) => formatLocal(entry.at, zone))
  const instead = elsewhere.length > 0 ? `it did at ${listed(elsewhere, 'and')}; ` : ''
  return `${expected}; ${instead}${explain(words, world)}`
}

/** The order of keys means nothing. */
function canonical(value: Json | undefined): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  )
}
