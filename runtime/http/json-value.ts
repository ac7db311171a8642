/** JSON values from outside that are kept as they are: checked without copying, bounded in depth and size. */
import * as z from 'zod'
import type { Json, JsonObject } from '../../engine/model.ts'
import { type FieldError, pathText } from './problem.ts'

/** Levels of nesting inside an event's data or a profile. */
const deepest = 20

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Any JSON object. What `JSON.parse` made is JSON already, so only the outermost shape is looked at. */
export const jsonObject = z
  .custom<JsonObject>(isJsonObject, { error: 'Must be a JSON object.' })
  .meta({ type: 'object', additionalProperties: true })

/** Any JSON value, by the same reasoning. */
export const jsonValue = z.custom<Json>((value) => value !== undefined).meta({ description: 'Any JSON.' })

/** Every place in `value` that cannot be kept: names that would reach a prototype, and nesting without end. */
export function unkeepable(value: unknown, path: PropertyKey[] = [], depth = 0): FieldError[] {
  if (typeof value !== 'object' || value === null) return []
  if (depth > deepest) return [{ path: pathText(path), message: `Nested deeper than ${deepest} levels.` }]
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]): FieldError[] => {
    const here = [...path, Array.isArray(value) ? Number(name) : name]
    if (name === '__proto__')
      return [{ path: pathText(here), message: '"__proto__" is not allowed as a name.' }]
    return unkeepable(inner, here, depth + 1)
  })
}

/** The size of a value as it is stored and sent on. */
export const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '')
