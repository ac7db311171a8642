/** Lists that a deployment answers in pages. */
import type { ZodType } from 'zod'
import type { Call } from './command.ts'
import type { Deployment } from './deployment.ts'

/** Pages that are asked for at most: of what is longer than that, nobody reads the rest. */
const MOST_PAGES = 100

/** All that matches a query, or the first hundred pages of it, and a note that there are more. */
export async function allPages<P extends { cursor?: string | undefined }, T>(
  call: Call,
  deployment: Deployment,
  path: string,
  query: { [name: string]: string | undefined },
  page: ZodType<P>,
  itemsOf: (page: P) => T[],
): Promise<T[]> {
  const found: T[] = []
  let cursor: string | undefined
  for (let asked = 0; asked < MOST_PAGES; asked++) {
    const words = new URLSearchParams({ limit: '200' })
    for (const [name, value] of Object.entries({ ...query, cursor }))
      if (value !== undefined) words.set(name, value)
    const { value } = await deployment.ask('GET', `${path}?${words}`, page)
    found.push(...itemsOf(value))
    cursor = value.cursor
    if (cursor === undefined) return found
  }
  call.note(`There are more; these are the first ${found.length}.`)
  return found
}
