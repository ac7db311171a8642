/** What becomes of a request that has found its route: an answer, whatever goes wrong. */
import { framesOf } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import type { Asked } from './asked.ts'
import { apiHeaders, Problem } from './problem.ts'
import type { Reply, Route } from './route.ts'

/** Names of headers in lower case. */
export interface Answered {
  status: number
  headers: { [name: string]: string }
  /** Empty where there is none. */
  body: string
}

/** Never throws: a failure of ours is logged, and answered with the id that it is logged under. */
export async function answerOf(
  runtime: Runtime,
  route: Route,
  asked: Asked,
  params: { [name: string]: string },
): Promise<Answered> {
  try {
    return answered(await route.run(runtime, asked, params))
  } catch (error) {
    return problemOf(runtime, error, asked.method, route.path)
  }
}

/** Logs what happened under an id that the caller can quote. Messages of errors may quote input, so they stay out. */
export function problemOf(runtime: Runtime, error: unknown, method: string, path: string): Answered {
  if (error instanceof Problem) return answered(error.toReply())
  const id = runtime.world.ids.next('err_')
  const failure = error instanceof Error ? error : new Error('unknown')
  runtime.world.log('error', 'http.failed', {
    id,
    method,
    route: path,
    error: failure.name,
    ...('code' in failure && typeof failure.code === 'string' && { code: failure.code }),
    at: framesOf(failure, 4).join(' < '),
  })
  const problem = new Problem(500, `This is our fault, not yours. Quote ${id} when you report it.`, {
    members: { id },
  })
  return answered(problem.toReply())
}

export const asResponse = ({ status, headers, body }: Answered): Response =>
  new Response(body === '' ? null : body, { status, headers })

/** A reply as it goes out, with what every answer of the API says. */
export function answered({ status = 200, json, headers }: Reply): Answered {
  if (json === undefined) return { status, headers: { ...apiHeaders, ...headers }, body: '' }
  return {
    status,
    headers: { 'content-type': 'application/json', ...apiHeaders, ...headers },
    body: JSON.stringify(json),
  }
}
