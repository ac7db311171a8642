/** What is missing of a database, or damaged in it, is found before anything is done with the rest. */
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import * as z from 'zod'
import { crc32c } from '../../local/cloud/crc32c.ts'
import type { Loss } from '../../local/cloud/level-store.ts'
import { readLog } from '../../local/cloud/log-file.ts'
import { takeBack } from '../../local/cloud/failed-batch.ts'
import { openStore } from '../../local/cloud/store.ts'

function folder() {
  const dir = mkdtempSync(join(tmpdir(), 'premura-damage-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return { db: join(dir, 'db'), note: join(dir, 'acknowledged.json') }
}
type Folder = ReturnType<typeof folder>

const refuse = (loss: Loss) => {
  throw new Error(`refused: ${loss.findings.join('; ')}`)
}
const open = ({ db, note }: Folder, onLoss: (loss: Loss) => void = refuse) => openStore(db, { note, onLoss })

/** Acknowledges so many writes, one batch each, and stops as it should. */
async function fill(at: Folder, writes: number): Promise<void> {
  const store = await open(at)
  for (let n = 0; n < writes; n++)
    await store.write([{ type: 'put', key: `k${n}`, value: `${n} `.repeat(100) }])
  await store.close()
}

const filesOf = ({ db }: Folder, kind: string) =>
  readdirSync(db)
    .filter((name) => name.endsWith(kind))
    .map((name) => join(db, name))

function only(at: Folder, kind: string): string {
  const [file = '', ...more] = filesOf(at, kind)
  expect(more).toEqual([])
  return file
}

function overwrite(file: string, at: number, bytes: Uint8Array): void {
  const all = readFileSync(file)
  all.set(bytes, at)
  writeFileSync(file, all)
}

const said = ({ note }: Folder): unknown => JSON.parse(readFileSync(note, 'utf8'))

test('the checksum is the one of the standard', () => {
  expect(crc32c(Buffer.from('123456789'), 0, 9)).toBe(0xe3069283)
  expect(crc32c(Buffer.from('xx123456789x'), 2, 11)).toBe(0xe3069283)
})

test('what is whole opens without a word, stopped or killed, and also from before there was a note', async () => {
  const at = folder()
  await fill(at, 300)
  expect(said(at)).toEqual({ writes: 300 })
  await (await open(at)).close()
  rmSync(at.note)
  const store = await open(at)
  expect(store.get('k299')).toContain('299')
  await store.close()
})

test('damage in the middle of the log is said, with the file, the place and what it took with it', async () => {
  const at = folder()
  await fill(at, 300)
  // Far enough from the end that LevelDB would go on behind it, and the last write would be there.
  overwrite(only(at, '.log'), 20_000, Buffer.alloc(14, 0x55))
  await expect(open(at)).rejects.toThrow(
    /^refused: 000003\.log is damaged at byte \d+ of \d+, and with it up to 2\d\d of 300 acknowledged writes$/,
  )
  // Looking changes nothing: it is said again.
  await expect(open(at)).rejects.toThrow('is damaged at byte')
  const losses: Loss[] = []
  const store = await open(at, (loss) => losses.push(loss))
  expect(losses).toMatchObject([{ bearable: true }])
  expect(store.get('k0')).toBeDefined()
  expect(store.get('k65')).toBeUndefined()
  expect(store.get('k299')).toBeDefined()
  await store.close()
  // Accepted once is accepted.
  await (await open(at)).close()
})

test('whichever bit of it falls over, a table is not used', { timeout: 60_000 }, async () => {
  const at = folder()
  await fill(at, 300)
  // Opening makes a table of the log.
  await (await open(at)).close()
  const table = only(at, '.ldb')
  const whole = readFileSync(table)
  await fc.assert(
    // The footer's padding means nothing.
    fc.asyncProperty(fc.nat(whole.length - 49), fc.nat(7), async (byte, bit) => {
      overwrite(table, byte, Uint8Array.of((whole[byte] ?? 0) ^ (1 << bit)))
      try {
        await expect(open(at)).rejects.toThrow('.ldb is damaged')
      } finally {
        writeFileSync(table, whole)
      }
    }),
    { numRuns: 60 },
  )
  truncateSync(table, whole.length - 1)
  const losses: Loss[] = []
  await open(at, (loss) => losses.push(loss)).then(
    (store) => store.close(),
    () => undefined,
  )
  expect(losses[0]).toMatchObject({ bearable: false })
})

test('a log that ends inside a record is what a kill leaves, unless the record was acknowledged', async () => {
  const at = folder()
  await fill(at, 10)
  const log = only(at, '.log')
  const length = readFileSync(log).length
  truncateSync(log, length - 5)
  const cut = folder()
  const losses: Loss[] = []
  await expect(open(at)).rejects.toThrow(
    'refused: 1 of the last writes that were acknowledged are missing (10 were, 9 are there)',
  )
  // The note is of the moment before: nobody had been told of the tenth.
  writeFileSync(at.note, JSON.stringify({ writes: 9 }))
  await (await open(at, (loss) => losses.push(loss))).close()
  expect(losses).toEqual([])
  // The whole database is gone, and the note is there.
  writeFileSync(cut.note, JSON.stringify({ writes: 9 }))
  await expect(open(cut)).rejects.toThrow('(9 were, 0 are there)')
  // Of a note that a crash made nothing of, nobody knows what it said.
  writeFileSync(cut.note, '')
  await expect(open(cut)).rejects.toThrow('the note beside it')
})

test('a power cut that left zeros behind the last record is one at its end', async () => {
  const at = folder()
  await fill(at, 10)
  const log = only(at, '.log')
  writeFileSync(log, Buffer.concat([readFileSync(log), Buffer.alloc(5000)]))
  await (await open(at)).close()
  const other = folder()
  await fill(other, 10)
  const written = readFileSync(only(other, '.log'))
  const last = readLog(written).records.at(-1)?.at ?? 0
  overwrite(only(other, '.log'), last, Buffer.alloc(written.length - last))
  await expect(open(other)).rejects.toThrow('acknowledged are missing')
})

test('what a compaction left unfinished is not looked at', async () => {
  const at = folder()
  await fill(at, 10)
  writeFileSync(join(at.db, '000900.ldb'), 'half of a table')
  await (await open(at)).close()
  expect(existsSync(join(at.db, '000900.ldb'))).toBe(false)
})

test.runIf(process.platform === 'linux')(
  'after a disk was full, what is acknowledged is there at the next start, and what failed is not',
  {
    timeout: 60_000,
  },
  async () => {
    for (const size of [3000, 5000, 40_000]) {
      const at = folder()
      const script = new URL('./full-disk.ts', import.meta.url).pathname
      const { stdout, stderr, signal } = spawnSync(
        process.execPath,
        ['--import', 'tsx', script, at.db, at.note, String(size)],
        { encoding: 'utf8', timeout: 30_000 },
      )
      expect(signal, stderr).toBe('SIGKILL')
      const { acknowledged, failed } = z
        .object({ acknowledged: z.array(z.string()), failed: z.array(z.string()) })
        .parse(JSON.parse(stdout))
      expect([acknowledged.length > 150, failed.length > 0]).toEqual([true, true])
      const store = await open(at)
      expect(acknowledged.filter((key) => store.get(key) === undefined)).toEqual([])
      expect(failed.filter((key) => store.get(key) !== undefined)).toEqual([])
      await store.close()
    }
  },
)

test('of a batch that failed and was written all the same nothing stays', async () => {
  const at = folder()
  await fill(at, 12)
  await takeBack(at.db, Buffer.from('\x01\x07!writes\x0211'))
  expect(readLog(readFileSync(only(at, '.log'))).records).toHaveLength(12)
  await takeBack(at.db, Buffer.from('\x01\x07!writes\x0212'))
  writeFileSync(at.note, JSON.stringify({ writes: 11 }))
  const store = await open(at)
  expect([store.get('k10') === undefined, store.get('k11')]).toEqual([false, undefined])
  await store.close()
})
