/** Values as decision records keep them: enough to understand a choice, small enough to travel with the journey. */
import type { Json, JsonObject } from './model.ts'

const LONGEST_TEXT = 40
const MOST_VALUES = 6

/** Keeps the first few values, shortens texts, and says of lists and objects only how large they are. */
export function compact(values: JsonObject): JsonObject {
  const kept = Object.entries(values).slice(0, MOST_VALUES)
  return Object.fromEntries(kept.map(([name, value]) => [name, brief(value)]))
}

function brief(value: Json): Json {
  if (typeof value === 'string') {
    return value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT - 1)}…` : value
  }
  if (Array.isArray(value)) {
    return value.length <= 3 && value.every((each) => typeof each !== 'object')
      ? value.map(brief)
      : `[${value.length}]`
  }
  return value !== null && typeof value === 'object' ? `{${Object.keys(value).length}}` : value
}
