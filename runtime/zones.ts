/**
 * The time zones in which customers with dates live, so that a tick asks those few and not all four hundred. Written when
 * a zone is first seen, before the rows that need it.
 */
import { freshFor } from './freshness.ts'
import type { World } from './ports.ts'

export const PK = 'D'
export const CURSOR_SK = 'cursor'
const SK = 'zones'
const FRESH_MS = 60_000

/** Stands for "no zone of their own": the deployment's default zone, whatever it is on the day. */
export const DEFAULT_ZONE = '-'

export class Zones {
  readonly #world: World
  #known = new Set<string>()
  #readAtMs = Number.NEGATIVE_INFINITY

  constructor(world: World) {
    this.#world = world
  }

  async list(): Promise<string[]> {
    const nowMs = this.#world.clock.monotonicMs()
    if (nowMs - this.#readAtMs > freshFor(this.#world, FRESH_MS)) {
      const row = await this.#world.table.get(PK, SK, { consistent: false })
      for (const zone of Object.keys(row?.counters ?? {})) this.#known.add(zone)
      this.#readAtMs = nowMs
    }
    return [...this.#known].sort()
  }

  async register(zone: string): Promise<void> {
    if (this.#known.has(zone)) return
    // The tick's cursor starts before the first date there is, so that no day is lost however late the first tick comes.
    const cursor = { pk: PK, sk: CURSOR_SK, counters: { at: this.#world.clock.now() } }
    await this.#world.table.put(cursor, { kind: 'absent' })
    await this.#world.table.add(PK, SK, { [zone]: 1 })
    this.#known.add(zone)
  }
}
