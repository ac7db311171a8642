/** One route: who may call it, what it takes and answers, and what it does. The table of them registers and documents. */
import * as z from 'zod'
import type { Caller } from '../caller.ts'
import type { Runtime } from '../runtime.ts'
import type { Asked } from './asked.ts'
import { authorize, type Needed } from './authorize.ts'
import { mediaType, parseJson, readText } from './body.ts'
import { unkeepable } from './json-value.ts'
import { type FieldError, fieldErrors, invalid, pathText } from './problem.ts'

export type Method = 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'

export interface Reply {
  /** 200 when absent. */
  status?: number
  /** Absent: no body. */
  json?: unknown
  headers?: { [name: string]: string }
}

export interface Call<P, Q, B> {
  runtime: Runtime
  /** Who was let in. */
  caller: Caller
  params: P
  query: Q
  body: B
  request: Asked
}

/** What a request's body may be, and how its text becomes a value. */
export interface BodyFormat<B> {
  /** Media type → what documents it. Empty: the route takes no body and looks at none. */
  types: { [mediaType: string]: z.ZodType }
  /** May there be no body at all? Then `read` is given the empty text and no type. */
  optional: boolean
  read(text: string, type: string | undefined): B
}

export interface Answer {
  description: string
  schema?: z.ZodType
}

interface Described {
  method: Method
  /** `{name}` stands for a path parameter. */
  path: string
  summary: string
  description?: string
  /** Request headers that the operation reads, and what for. */
  headers?: { [name: string]: string }
  /** Successful answers by status; problems are the same everywhere. */
  answers: { [status: number]: Answer }
}

/** A route as the table holds it: whatever its handler's types are, it runs on a request. */
export interface Route extends Described {
  /** null: open to everybody. */
  scope: Needed | null
  params: z.ZodType
  query: z.ZodType
  body: Pick<BodyFormat<unknown>, 'types' | 'optional'>
  /** Asks for the scope before it looks at anything else. */
  run(runtime: Runtime, request: Asked, pathParams: { [name: string]: string }): Promise<Reply>
}

const nothing = z.strictObject({})
const noBody: BodyFormat<undefined> = { types: {}, optional: true, read: () => undefined }

/** The inputs of a route that has none, to be spread first. */
export const plain = { params: nothing, query: nothing, body: noBody }

interface Taking<P extends z.ZodType, Q extends z.ZodType, B> extends Described {
  params: P
  query: Q
  body: BodyFormat<B>
}

/** Builds a route whose handler sees only what passed its schemas, from somebody who may. */
export function route<P extends z.ZodType, Q extends z.ZodType, B>(
  definition: Taking<P, Q, B> & {
    scope: Needed
    handle(call: Call<z.output<P>, z.output<Q>, B>): Promise<Reply>
  },
): Route {
  const { handle, ...described } = definition
  return {
    ...described,
    async run(runtime, request, pathParams) {
      const caller = await authorize(runtime, request, definition.scope)
      return handle({ runtime, caller, request, ...(await inputOf(definition, request, pathParams)) })
    },
  }
}

/** The same for everybody, known or not. */
export function openRoute<P extends z.ZodType, Q extends z.ZodType, B>(
  definition: Taking<P, Q, B> & {
    handle(call: Omit<Call<z.output<P>, z.output<Q>, B>, 'caller'>): Promise<Reply>
  },
): Route {
  const { handle, ...described } = definition
  return {
    ...described,
    scope: null,
    async run(runtime, request, pathParams) {
      return handle({ runtime, request, ...(await inputOf(definition, request, pathParams)) })
    },
  }
}

async function inputOf<P extends z.ZodType, Q extends z.ZodType, B>(
  definition: Taking<P, Q, B>,
  request: Asked,
  pathParams: { [name: string]: string },
) {
  const errors: FieldError[] = []
  const params = definition.params.safeParse(pathParams)
  if (!params.success) errors.push(...fieldErrors(params.error.issues, ['path']))
  const query = definition.query.safeParse(queryOf(request, errors))
  if (!query.success) errors.push(...fieldErrors(query.error.issues, ['query']))
  if (!params.success || !query.success || errors.length > 0) throw invalid(errors)
  const body = await readBody(definition.body, request)
  return { params: params.data, query: query.data, body }
}

/** A JSON body of one shape. */
export function jsonBody<S extends z.ZodType>(
  schema: S,
  options: { types?: string[]; optional?: boolean } = {},
): BodyFormat<z.output<S>> {
  const { types = ['application/json'], optional = false } = options
  return {
    types: Object.fromEntries(types.map((type) => [type, schema])),
    optional,
    read(text) {
      const value = text === '' ? {} : parseJson(text)
      const harmful = unkeepable(value)
      if (harmful.length > 0) throw invalid(harmful)
      const parsed = schema.safeParse(value)
      if (!parsed.success) throw invalid(fieldErrors(parsed.error.issues))
      return parsed.data
    },
  }
}

async function readBody<B>(format: BodyFormat<B>, request: Asked): Promise<B> {
  const types = Object.keys(format.types)
  if (types.length === 0) return format.read('', undefined)
  const stated = request.headers.get('content-type')
  // The type is judged first, so that a large body of a wrong type is not read at all.
  const type = stated === null && format.optional ? undefined : mediaType(request, types)
  const text = await readText(request)
  if (text === '' && format.optional) return format.read('', type)
  return format.read(text, type ?? mediaType(request, types))
}

function queryOf(request: Asked, errors: FieldError[]): { [name: string]: string } {
  if (!request.url.includes('?')) return {}
  const parameters = new URL(request.url).searchParams
  for (const name of new Set(parameters.keys()))
    if (parameters.getAll(name).length > 1)
      errors.push({ path: pathText(['query', name]), message: 'Must be given once.' })
  return Object.fromEntries(parameters)
}
