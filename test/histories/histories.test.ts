/** Whatever a released version left in a table, in the middle of any journey, this version brings to the same end. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { unpacked } from './history.ts'
import { goOn } from './replayer.ts'

const folder = new URL('recorded/', import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith('.json.gz'))

test('the first version was recorded', () => {
  expect(files).toContain('0.1.0.json.gz')
})

describe.each(files)('%s', (file) => {
  const { base, stories } = unpacked(readFileSync(new URL(file, folder)))

  test.each(stories.map((recording) => [recording.story.name, recording] as const))(
    '%s, from each of its moments',
    async (_, recording) => {
      expect(recording.cuts.length).toBeGreaterThan(1)
      for (const at of recording.cuts.keys()) {
        const { mails, journeys, cut } = await goOn(recording, base, at)
        const told = `from moment ${at}, ${new Date(cut.at).toISOString()}`
        expect(mails, told).toEqual(recording.mails.slice(cut.sent))
        expect(journeys, told).toEqual(recording.journeys)
      }
    },
  )
})
