/** The contract as OpenAPI 3.1, made from the table of routes and the very schemas that validate. */
import * as z from 'zod'
import { scopes } from '../keys.ts'
import { problemSchema } from './problem.ts'
import type { Route } from './route.ts'

type JsonSchema = { [name: string]: unknown }

/** Problems that a route can answer with, by what it takes. */
function problemStatuses(route: Route): number[] {
  const takesBody = Object.keys(route.body.types).length > 0
  return [
    400,
    ...(route.scope === null ? [] : [401, 403]),
    ...(/\{/.test(route.path) ? [404] : []),
    // What is there may be in another state than the request supposes, or be changed by somebody else meanwhile.
    ...(/\{/.test(route.path) && route.method !== 'GET' ? [409] : []),
    ...(takesBody ? [413, 415] : []),
    422,
    ...(route.scope === null ? [] : [429]),
    500,
    ...(route.scope === null ? [] : [503]),
  ]
}

export function openApiDocument(routes: readonly Route[]): JsonSchema {
  const schemas: JsonSchema = {}
  const paths: { [path: string]: JsonSchema } = {}
  const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): JsonSchema => hoisted(schema, io, schemas)
  for (const route of routes) {
    const media = (schema: z.ZodType | undefined, type: string, io: 'input' | 'output') => ({
      [type]: schema ? { schema: schemaOf(schema, io) } : {},
    })
    const types = Object.entries(route.body.types)
    const path = paths[route.path] ?? {}
    paths[route.path] = path
    path[route.method.toLowerCase()] = {
      operationId: operationId(route),
      summary: route.summary,
      ...(route.description !== undefined && { description: route.description }),
      tags: [route.path.split('/')[2] ?? 'health'],
      security: route.scope === null ? [] : [{ key: [] }, { person: [] }],
      ...(route.scope !== null && { 'x-scope': route.scope }),
      parameters: [
        ...parameters('path', schemaOf(route.params, 'input')),
        ...parameters('query', schemaOf(route.query, 'input')),
        ...Object.entries(route.headers ?? {}).map(([name, description]) => ({
          name,
          in: 'header',
          description,
          schema: { type: 'string' },
        })),
      ],
      ...(types.length > 0 && {
        requestBody: {
          required: !route.body.optional,
          content: Object.assign({}, ...types.map(([type, schema]) => media(schema, type, 'input'))),
        },
      }),
      responses: {
        ...Object.fromEntries(
          Object.entries(route.answers).map(([status, { description, schema }]) => [
            status,
            {
              description,
              ...(status !== '204' && { content: media(schema, 'application/json', 'output') }),
            },
          ]),
        ),
        ...Object.fromEntries(
          problemStatuses(route).map((status) => [status, { $ref: '#/components/responses/Problem' }]),
        ),
      },
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Premura',
      version: '1',
      description:
        'Proactive customer care. Times are ISO 8601 with offset; errors are RFC 9457 problem details.',
    },
    paths,
    components: {
      schemas: { ...schemas, Problem: schemaOf(problemSchema, 'output') && schemas.Problem },
      responses: {
        Problem: {
          description: 'Why not.',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
      securitySchemes: {
        key: {
          type: 'http',
          scheme: 'bearer',
          description: `An API key. Each operation names its scope in x-scope (any: every key will do); admin opens all. Scopes: ${scopes.join(', ')}.`,
        },
        person: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'The access token of somebody who is signed in, where the deployment has a user pool. Its groups (viewer, editor, publisher, admin) give the scopes.',
        },
      },
    },
  }
}

/** zod puts named schemas under the schema's own `$defs`; in an OpenAPI document they stand under its components. */
function hoisted(schema: z.ZodType, io: 'input' | 'output', into: JsonSchema): JsonSchema {
  const { $defs, $schema: _, ...made }: JsonSchema = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  for (const [name, definition] of Object.entries(typeof $defs === 'object' && $defs !== null ? $defs : {}))
    into[name] = relocated(definition)
  const named = made.id
  if (typeof named !== 'string') return asSchema(relocated(made))
  into[named] = relocated(made)
  return { $ref: `#/components/schemas/${named}` }
}

function relocated(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relocated)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      // `id` of a schema is our own name for it; a property called id is an object.
      .filter(([name, inner]) => !(name === 'id' && typeof inner === 'string'))
      .map(([name, inner]: [string, unknown]) => [
        name,
        name === '$ref' && typeof inner === 'string'
          ? inner.replace('#/$defs/', '#/components/schemas/')
          : relocated(inner),
      ]),
  )
}

function asSchema(value: unknown): JsonSchema {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function parameters(place: 'path' | 'query', schema: JsonSchema): JsonSchema[] {
  const required = Array.isArray(schema.required) ? schema.required : []
  return Object.entries(asSchema(schema.properties)).map(([name, inner]) => {
    const { description, ...rest } = asSchema(inner)
    return {
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      ...(description !== undefined && { description }),
      schema: rest,
    }
  })
}

/** `POST /v1/workflows/{name}/publish` → `postWorkflowsNamePublish`. */
function operationId({ method, path }: Route): string {
  const words = path.replace(/^\/v1/, '').match(/[a-zA-Z]+/g) ?? []
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}
