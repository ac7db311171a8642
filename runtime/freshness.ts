/** How long what was read from the table may be used without asking again. */
import type { World } from './ports.ts'

/** Where this process is the only one, nobody else can have changed it; every change of its own goes through its caches. */
export function freshFor({ config }: World, ms: number): number {
  return config.soleOwner ? Number.POSITIVE_INFINITY : ms
}
