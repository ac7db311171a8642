/** Values as decision records keep them: enough to understand a choice, small enough to travel with the journey. */
import type { Json, JsonObject } from './model.ts'

const LONGEST_TEXT = 40
/** A reason is read by a person who has to do something about it. */
const LONGEST_REASON = 200
const MOST_VALUES = 6

/** What says why a condition is false is never left out. */
const NOTES = ['missing', 'undecided']

/** Keeps the first few values, shortens texts, and says of lists and objects only how large they are. */
export function compact(values: JsonObject): JsonObject {
  const entries = Object.entries(values)
  const notes = entries.filter(([name]) => NOTES.includes(name))
  const others = entries.filter(([name]) => !NOTES.includes(name)).slice(0, MOST_VALUES)
  return Object.fromEntries(
    [...others, ...notes].map(([name, value]) => {
      return [name, small(value, name === 'reason' ? LONGEST_REASON : LONGEST_TEXT)]
    }),
  )
}

/** A text as it is shown among others. */
export const brief = (text: string, longest = LONGEST_TEXT): string =>
  text.length > longest ? `${text.slice(0, longest - 1)}…` : text

function small(value: Json, longest: number): Json {
  if (typeof value === 'string') return brief(value, longest)
  if (Array.isArray(value)) {
    return value.length <= 3 && value.every((each) => typeof each !== 'object')
      ? value.map((each) => small(each, longest))
      : `[${value.length}]`
  }
  return value !== null && typeof value === 'object' ? `{${Object.keys(value).length}}` : value
}
