/** A deployment, over its HTTP API. What it answers is checked like any other input. */
import * as z from 'zod'
import type { Issue } from '../engine/issue.ts'
import { type Call, Failure, UsageError } from './command.ts'
import { paint } from './terminal.ts'

const defaultUrl = 'http://127.0.0.1:8787'
const timeoutMs = 60_000

export const issueShape: z.ZodType<Issue> = z.object({
  severity: z.enum(['error', 'warning']),
  file: z.string(),
  line: z.number(),
  column: z.number(),
  message: z.string(),
  hint: z.string().exactOptional(),
})

const problemShape = z
  .object({
    title: z.string().optional(),
    detail: z.string().optional(),
    scope: z.string().optional(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    issues: z.array(issueShape).optional(),
    failures: z.array(z.object({ scenario: z.string(), failures: z.array(z.string()) })).optional(),
  })
  .loose()

/** An answer of 400 and up, for those who can do something about it. */
export class Refused extends Failure {
  readonly status: number
  readonly problem: z.infer<typeof problemShape>
  /** How long to leave it alone, where the deployment says so. */
  retryAfterMs: number | undefined
  constructor(status: number, problem: z.infer<typeof problemShape>, message: string, hint?: string) {
    super(message, hint)
    this.name = 'Refused'
    this.status = status
    this.problem = problem
  }
}

/** Nobody answered: whether the request arrived is not known. */
export class NoAnswer extends Failure {}

export interface Deployment {
  url: string
  /** @throws Refused, NoAnswer, or Failure when the answer makes no sense */
  ask<T>(
    method: string,
    path: string,
    answer: z.ZodType<T>,
    more?: { body?: unknown; ifMatch?: string },
  ): Promise<{ value: T; etag: string | undefined }>
}

/** The deployment that the options or the environment name. */
export function deploymentOf(call: Call): Deployment {
  const { env, fetch } = call.around
  const url = baseUrl(call.text('url') ?? (env.PREMURA_URL || defaultUrl))
  const key = call.text('key') ?? env.PREMURA_KEY
  if (key && travelsInTheOpen(url))
    call.note(
      `${paint.yellow('warning')} The key travels to ${new URL(url).hostname} unencrypted: use https.`,
    )

  return {
    url,
    async ask(method, path, answer, { body, ifMatch } = {}) {
      const response = await fetch(`${url}${path}`, {
        method,
        // A redirect would carry the key to somewhere that nobody named.
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          ...(key ? { authorization: `Bearer ${key}` } : {}),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }).catch((error: unknown) => {
        throw noAnswer(url, error)
      })
      const text = await response.text().catch((error: unknown) => {
        throw noAnswer(url, error)
      })
      const value = parsedJson(text)
      if (!response.ok) {
        const refused = refusal(response.status, value, { method, path, key: Boolean(key) })
        refused.retryAfterMs = retryAfterMs(response.headers.get('retry-after'))
        throw refused
      }
      const parsed = answer.safeParse(value)
      if (parsed.success) return { value: parsed.data, etag: response.headers.get('etag') ?? undefined }
      throw new Failure(
        `${url} answered ${method} ${path} with something else than expected.`,
        'Is it Premura, in this version?',
      )
    },
  }
}

/** Would others on the way read what is sent to this address? */
export function travelsInTheOpen(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol !== 'https:' && !/^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)
}

/** A part of a path. */
export const segment = encodeURIComponent

function baseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.search || url.hash)
    throw new UsageError(`${text} is not the address of a deployment.`, `It looks like ${defaultUrl}`)
  return url.href.replace(/\/+$/, '')
}

function parsedJson(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** In seconds; a date, which Premura never says, counts as nothing. */
function retryAfterMs(header: string | null): number | undefined {
  return header !== null && /^\d{1,5}$/.test(header) ? Number(header) * 1000 : undefined
}

function noAnswer(url: string, error: unknown): NoAnswer {
  if (error instanceof Error && error.name === 'TimeoutError')
    return new NoAnswer(`${url} did not answer within ${timeoutMs / 1000} seconds.`)
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const why =
    code === 'ECONNREFUSED'
      ? 'Nobody listens there'
      : code || (cause instanceof Error ? cause.message : 'unknown')
  return new NoAnswer(
    `No deployment answers at ${url} (${why}).`,
    'Start one with npm start, or name another with --url or PREMURA_URL.',
  )
}

function refusal(
  status: number,
  value: unknown,
  asked: { method: string; path: string; key: boolean },
): Refused {
  const parsed = problemShape.safeParse(value)
  const problem = parsed.success ? parsed.data : {}
  const detail = problem.detail ?? problem.title ?? `${asked.method} ${asked.path} was refused`
  if (status === 401) {
    const hint = asked.key
      ? 'Is it the key of this deployment, and not revoked?'
      : 'Name one with --key or PREMURA_KEY.'
    return new Refused(
      status,
      problem,
      asked.key ? 'The deployment does not know this key.' : 'This needs an API key.',
      hint,
    )
  }
  const hint =
    status === 403 && problem.scope !== undefined
      ? `Make one with: premura keys create --name NAME --scope ${problem.scope}`
      : undefined
  const places = (problem.errors ?? []).slice(1).map(({ path, message }) => `${path}: ${message}`)
  return new Refused(
    status,
    problem,
    `${detail} (${status})`,
    hint ?? (places.length > 0 ? places.join('\n') : undefined),
  )
}
