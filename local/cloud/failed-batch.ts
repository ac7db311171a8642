/** Takes a batch back that was said to have failed, and that LevelDB has written all the same. */
import { readdir, readFile, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { readLog } from './log-file.ts'

/**
 * Some C libraries keep what a full disk did not take, and write it when the file is closed. By then somebody may have done
 * it again. `ending` is how that batch ends; nothing was written behind it. The database is closed.
 */
export async function takeBack(dir: string, ending: Buffer): Promise<void> {
  const logs = (await readdir(dir)).filter((name) => name.endsWith('.log'))
  const newest = logs.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)).at(-1)
  if (newest === undefined) return
  const path = join(dir, newest)
  const last = readLog(await readFile(path)).records.at(-1)
  if (last?.bytes.subarray(-ending.length).equals(ending)) await truncate(path, last.at)
}
