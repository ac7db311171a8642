/** A virtual clock belongs to the data: what has happened cannot lie ahead after a restart. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openPremura } from '../../local/process.ts'

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
