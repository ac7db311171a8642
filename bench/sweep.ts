/** The nightly sweep by itself: customers whose journeys wait, on the embedded table on disk, walked through once. */
import { sweep } from '../runtime/sweep.ts'
import type { Load } from './loads.ts'
import { fileJourneys } from './pressure/journeys.ts'
import { Place } from './pressure/place.ts'
import { per1000 } from './purchases.ts'

export async function sweepFigures(customers: number): Promise<Load> {
  const place = await Place.open('2026-03-26T09:00:00Z')
  try {
    await fileJourneys(place, customers)
    await sweep(place.runtime)
    const before = process.cpuUsage()
    const startedAt = performance.now()
    await sweep(place.runtime)
    const seconds = (performance.now() - startedAt) / 1000
    const { user, system } = process.cpuUsage(before)
    return {
      count: customers,
      perSecond: Math.round(customers / seconds),
      cpuSecondsPer1000: per1000((user + system) / 1e6, customers),
    }
  } finally {
    await place.close()
  }
}
