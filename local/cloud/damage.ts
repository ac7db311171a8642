/** Looks at a LevelDB database that nobody has open, and says what of it was damaged since it was written. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from '../data-folder.ts'
import { readLog } from './log-file.ts'
import { readManifest } from './manifest-file.ts'
import { isWhole } from './table-file.ts'

export interface Damage {
  /** Sentences, one for each file. */
  tables: string[]
  /** And the last batch before the damage, if the same log has one. */
  logs: { finding: string; before: Buffer | undefined }[]
}

/** All of it is read once, at some hundred megabytes a second. What LevelDB refuses by itself is left to it. */
export async function findDamage(dir: string): Promise<Damage> {
  const damage: Damage = { tables: [], logs: [] }
  const manifest = await currentManifest(dir)
  if (!manifest) return damage
  const numbered = (await readdir(dir)).flatMap((name) => {
    const [, number, kind] = /^(\d+)\.(log|ldb|sst)$/.exec(name) ?? []
    return number === undefined ? [] : [{ name, number: Number(number), kind }]
  })
  for (const { name, number, kind } of numbered) {
    if (kind === 'log') {
      // What is over is deleted by the next start, and what a compaction did not finish never counted.
      if (number < manifest.firstLog && number !== manifest.formerLog) continue
      const file = await readFile(join(dir, name))
      const { damagedAt, records } = readLog(file)
      const finding = `${name} is damaged at byte ${damagedAt} of ${file.length}`
      if (damagedAt !== undefined) damage.logs.push({ finding, before: records.at(-1)?.bytes })
    } else if (manifest.tables.has(number)) {
      const file = await readFile(join(dir, name))
      if (file.length !== manifest.tables.get(number) || !isWhole(file))
        damage.tables.push(`${name} is damaged`)
    }
  }
  return damage
}

async function currentManifest(dir: string) {
  try {
    const name = (await readFile(join(dir, 'CURRENT'), 'utf8')).trim()
    return readManifest(await readFile(join(dir, name)))
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'EISDIR') return undefined
    throw error
  }
}
