/** How the HTTP surface says no: RFC 9457 problem details, thrown anywhere below a route. */
import * as z from 'zod'
import type { Reply } from './route.ts'

export interface FieldError {
  /** Where in the request: `events[3].data.total`, `query.limit`. Empty for the request as a whole. */
  path: string
  message: string
}

const titles: { [status: number]: { title: string; slug: string } } = {
  400: { title: 'Malformed request', slug: 'malformed' },
  401: { title: 'No valid key or token', slug: 'unauthenticated' },
  403: { title: 'Not allowed', slug: 'forbidden' },
  404: { title: 'Not found', slug: 'not-found' },
  405: { title: 'Method not allowed', slug: 'method-not-allowed' },
  409: { title: 'Changed meanwhile', slug: 'conflict' },
  413: { title: 'Body too large', slug: 'too-large' },
  415: { title: 'Unsupported content type', slug: 'unsupported-content-type' },
  422: { title: 'Invalid input', slug: 'invalid' },
  429: { title: 'Too many requests', slug: 'too-many-requests' },
  500: { title: 'Something went wrong here', slug: 'internal' },
  503: { title: 'Try again', slug: 'unavailable' },
}

export const problemSchema = z
  .object({
    type: z.string().describe('A URN that names the kind of problem.'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('What is wrong with this request, in a sentence.'),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe('For bad input: every place that is wrong.'),
  })
  .loose()
  .meta({ id: 'Problem', description: 'RFC 9457 problem details.' })

/** What every answer of the API says: it is for whoever asked, and no page of its own. */
export const apiHeaders = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
} as const

export class Problem extends Error {
  readonly status: number
  readonly errors: FieldError[] | undefined
  /** Further members of the answer, for example a failed publish's `issues`. */
  readonly members: { [name: string]: unknown }
  readonly headers: { [name: string]: string }

  constructor(
    status: number,
    detail: string,
    extra: {
      errors?: FieldError[]
      members?: { [name: string]: unknown }
      headers?: { [name: string]: string }
    } = {},
  ) {
    super(detail)
    this.name = 'Problem'
    this.status = status
    this.errors = extra.errors
    this.members = extra.members ?? {}
    this.headers = extra.headers ?? {}
  }

  toReply(): Reply {
    const { title, slug } = titles[this.status] ?? { title: 'Refused', slug: 'refused' }
    const body = {
      type: `urn:premura:problem:${slug}`,
      title,
      status: this.status,
      detail: this.message,
      ...(this.errors ? { errors: this.errors } : {}),
      ...this.members,
    }
    return {
      status: this.status,
      json: body,
      headers: { 'content-type': 'application/problem+json', ...this.headers },
    }
  }
}

/** 422 with every place that is wrong. */
export function invalid(errors: FieldError[]): Problem {
  const first = errors[0]
  const where = first?.path ? `${first.path}: ` : ''
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  return new Problem(422, `${where}${first?.message ?? 'The input is not valid.'}${more}`, { errors })
}

/** `['events', 3, 'data', 'odd name']` → `events[3].data["odd name"]`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    const name = String(part)
    if (!/^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(name)) return `${text}[${JSON.stringify(name)}]`
    return text === '' ? name : `${text}.${name}`
  }, '')
}

/** What zod found, in our words: one entry per unknown member, so that each is named. */
export function fieldErrors(issues: readonly z.core.$ZodIssue[], under: PropertyKey[] = []): FieldError[] {
  return issues.flatMap((issue): FieldError[] => {
    const path = [...under, ...issue.path]
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({
        path: pathText([...path, key]),
        message: `"${key}" is not known here.`,
      }))
    if (issue.code === 'invalid_union') {
      const closest = [...issue.errors].sort((left, right) => left.length - right.length)[0]
      if (closest && closest.length > 0) return fieldErrors(closest, path)
    }
    return [{ path: pathText(path), message: sentence(issue) }]
  })
}

function sentence({ message }: z.core.$ZodIssue): string {
  return /[.?!]$/.test(message) ? message : `${message}.`
}

/** What a schema says of a value of another kind, and of one that is not there. */
export const must = (say: string) => ({
  error: (issue: { input?: unknown }) => (issue.input === undefined ? 'Missing.' : say),
})
