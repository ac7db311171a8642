/**
 * The time zones in which customers with dates live, so that a tick asks those few and not all four hundred. Written when
 * a zone is first seen, before the rows that need it.
 */
import type { Profile } from '../engine/model.ts'
import { canonicalZone } from '../engine/time.ts'
import { freshFor } from './freshness.ts'
import type { World } from './ports.ts'

export const PK = 'D'
export const CURSOR_SK = 'cursor'
const SK = 'zones'
const FRESH_MS = 60_000

/** Stands for "no zone of their own": the deployment's default zone, whatever it is on the day. */
export const DEFAULT_ZONE = '-'
/** As {@link DEFAULT_ZONE}, for instants, which are sorted by the clock of UTC: the default zone may change. */
export const INSTANT_ZONE = '='

/** The zone under which a customer's dates stand. One that nobody knows counts as none. */
export const zoneMark = ({ timezone }: Profile): string =>
  (typeof timezone === 'string' ? canonicalZone(timezone) : undefined) ?? DEFAULT_ZONE

export class Zones {
  readonly #world: World
  #known = new Set<string>()
  /** Zones that are being made known: whoever is written at the same time waits for the same writes. */
  readonly #registering = new Map<string, Promise<void>>()
  #readAtMs: number | undefined
  /** Which zones have anybody under which day; known only to a process that sees every change. */
  #present: Set<string> | undefined

  constructor(world: World) {
    this.#world = world
  }

  async list(): Promise<string[]> {
    const nowMs = this.#world.clock.monotonicMs()
    if (this.#readAtMs === undefined || nowMs - this.#readAtMs >= freshFor(this.#world, FRESH_MS)) {
      const row = await this.#world.table.get(PK, SK, { consistent: false })
      for (const zone of Object.keys(row?.counters ?? {})) this.#known.add(zone)
      this.#readAtMs = nowMs
    }
    return [...this.#known].sort()
  }

  /** What a scan of the table found, for a process that is alone on it: from now on an empty day costs no read. */
  learn(places: ReadonlySet<string>): void {
    if (!this.#world.config.soleOwner) return
    this.#present = new Set([...(this.#present ?? []), ...places])
  }

  mayHold(pk: string, zone: string): boolean {
    return this.#present?.has(placeOf(pk, zone)) ?? true
  }

  /** Before a date row is written. */
  async register(pk: string, sk: string): Promise<void> {
    const zone = zoneOf(sk)
    this.#present?.add(placeOf(pk, zone))
    if (this.#known.has(zone)) return
    const registering = this.#registering.get(zone) ?? this.#makeKnown(zone)
    this.#registering.set(zone, registering)
    await registering.finally(() => this.#registering.delete(zone))
  }

  async #makeKnown(zone: string): Promise<void> {
    // The tick's cursor starts before the first date there is, so that no day is lost however late the first tick comes.
    const cursor = { pk: PK, sk: CURSOR_SK, counters: { at: this.#world.clock.now() } }
    await this.#world.table.put(cursor, { kind: 'absent' })
    await this.#world.table.add(PK, SK, { [zone]: 1 })
    this.#known.add(zone)
  }
}

const placeOf = (pk: string, zone: string) => `${pk} ${zone}`

/** The zone and the day that a date row stands under: one for all customers who share them. */
export const placeOfDate = ({ pk, sk }: { pk: string; sk: string }) => placeOf(pk, zoneOf(sk))

/** Date rows are sorted by zone, then customer. */
const zoneOf = (sk: string) => sk.slice(0, sk.indexOf('#'))
