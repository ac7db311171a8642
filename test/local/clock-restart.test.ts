/** A virtual clock belongs to the data: what has happened cannot lie ahead after a restart. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openPremura } from '../../local/process.ts'
import { loadEvent } from '../../runtime/events.ts'
import { accept } from '../../runtime/ingest.ts'

test('a restart goes on where the virtual clock stood, and says so', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'premura-clock-'))
  const now = Date.parse('2027-03-01T08:00:00Z')
  const week = 7 * 86_400_000
  const open = (at?: number) =>
    openPremura({ dir, port: 0, library: null, ...(at !== undefined && { now: at }) })
  try {
    const first = await open(now)
    expect([first.clock.now(), first.notices]).toEqual([now, []])
    await first.advanceTo(now + week)
    await first.close()

    const same = await open(now)
    expect(same.clock.now()).toBe(now + week)
    expect(same.notices).toEqual([expect.stringContaining('2027-03-08T08:00:00.000Z')])
    await same.close()

    const later = await open(now + 2 * week)
    expect([later.clock.now(), later.notices]).toEqual([now + 2 * week, []])
    await later.close()
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})

test('what has expired is gone from the disk with the next round', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'premura-expired-'))
  const now = Date.parse('2027-03-01T08:00:00Z')
  const open = (at: number) => openPremura({ dir, port: 0, library: null, now: at })
  try {
    const first = await open(now)
    const event = { id: 'o-1', type: 'purchase', customerId: 'anna', at: now, data: {} }
    await accept(first.runtime, [{ event }])
    await first.settle()
    expect(await loadEvent(first.runtime, 'anna', 'o-1')).toBeDefined()
    await first.close()

    // Kept for 400 days: until then a repeat of it changes nothing.
    const kept = await open(now + 399 * 86_400_000)
    expect(await loadEvent(kept.runtime, 'anna', 'o-1')).toBeDefined()
    await kept.close()

    const later = await open(now + 401 * 86_400_000)
    await later.settle()
    // Nothing is left for another look.
    expect(await later.cloud.purge()).toBe(0)
    await later.close()
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})
