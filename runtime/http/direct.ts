/**
 * The same routes for whoever has a request in memory already. Making a `Request`, a stream of its body and a `Response`
 * takes longer than taking an event in; what is simple is answered without them, and everything else by the app.
 */
import type { Runtime } from '../runtime.ts'
import { type Answered, answerOf } from './answer.ts'
import type { Asked } from './asked.ts'
import type { Route } from './route.ts'

interface Known {
  route: Route
  segments: string[]
}

/** A path that means the same to every reader: nothing is encoded, doubled, or leads upwards. */
const simple = /^(?:\/(?!\.{1,2}(?:\/|$))[\w.~:@-]+)+$/

/** Answers nothing to what is better asked of the app: strange paths, other methods, pages, what is not there. */
export function directly(
  routes: readonly Route[],
  runtime: Runtime,
): (asked: Asked, path: string) => Promise<Answered> | undefined {
  const known = new Map<string, Known[]>()
  for (const route of routes) {
    const segments = route.path.split('/')
    const key = `${route.method} ${segments.length}`
    known.set(key, [...(known.get(key) ?? []), { route, segments }])
  }
  return (asked, path) => {
    if (!simple.test(path)) return undefined
    const wanted = path.split('/')
    for (const { route, segments } of known.get(`${asked.method} ${wanted.length}`) ?? []) {
      const params = paramsOf(segments, wanted)
      if (params) return answerOf(runtime, route, asked, params)
    }
    return undefined
  }
}

function paramsOf(segments: string[], wanted: string[]): { [name: string]: string } | undefined {
  const params: { [name: string]: string } = {}
  for (const [index, segment] of segments.entries()) {
    const value = wanted[index] ?? ''
    if (segment.startsWith('{')) params[segment.slice(1, -1)] = value
    else if (segment !== value) return undefined
  }
  return params
}
