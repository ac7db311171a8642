/**
 * Records the stories with this version, to be lived through by all that follow. A recording is made once, when a version is
 * released, and never again: what it holds is what that version left in people's tables. `npx tsx test/histories/record.ts`
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { packed } from './history.ts'
import { beginning, record } from './replayer.ts'
import { stories } from './stories.ts'

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')))
const folder = fileURLToPath(new URL('recorded/', import.meta.url))
const file = `${folder}${version}.json.gz`
if (existsSync(file)) {
  process.stderr.write(
    `${version} has been recorded: recordings are kept as they are, a new version makes a new one\n`,
  )
  process.exit(1)
}
const base = await beginning('2026-03-01T09:00:00Z')
const recordings = []
for (const story of stories) recordings.push(await record(story, base))
mkdirSync(folder, { recursive: true })
writeFileSync(file, packed({ version, base, stories: recordings }))
for (const { story, cuts, mails } of recordings)
  process.stdout.write(`${cuts.length} moments, ${mails.length} mails: ${story.name}\n`)
