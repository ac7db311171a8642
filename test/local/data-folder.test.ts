import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DataFolder } from '../../local/data-folder.ts'
import { temporaryFolder } from './child.ts'

const lockOf = (dir: string) => join(dir, 'lock')

test('a folder is held by one, and free when it is let go', async () => {
  const dir = await temporaryFolder()
  const first = await DataFolder.take(dir)
  await expect(DataFolder.take(dir)).rejects.toThrow(`in use by process ${process.pid}`)
  first.release()
  const second = await DataFolder.take(dir)
  second.release()
})

test.each([
  ['of a process that is gone', { pid: 2 ** 22 + 1, startedAt: '1' }],
  // Process numbers come round again: this one is alive, and began at another time than the lock says.
  ['of another life of a number', { pid: process.ppid, startedAt: '1' }],
  // In a container every process has the number that its predecessor had.
  ['of a predecessor with our own number', { pid: process.pid, startedAt: '1' }],
])('a lock %s holds nobody off', async (_, lock) => {
  const dir = await temporaryFolder()
  writeFileSync(lockOf(dir), JSON.stringify(lock))
  const folder = await DataFolder.take(dir)
  expect(JSON.parse(readFileSync(lockOf(dir), 'utf8'))).toMatchObject({ pid: process.pid })
  folder.release()
})

test('a lock that a kill cut short holds nobody off', async () => {
  const dir = await temporaryFolder()
  writeFileSync(lockOf(dir), '{"pid":')
  const folder = await DataFolder.take(dir)
  folder.release()
})

test('a lock of a living process does', async () => {
  const dir = await temporaryFolder()
  const stat = readFileSync(`/proc/${process.ppid}/stat`, 'utf8')
  const startedAt = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  writeFileSync(lockOf(dir), JSON.stringify({ pid: process.ppid, startedAt }))
  await expect(DataFolder.take(dir)).rejects.toThrow(`in use by process ${process.ppid}`)
})

test('the secret is made once, is nobody else’s to read, and is what it was at the next start', async () => {
  const dir = await temporaryFolder()
  const folder = await DataFolder.take(dir)
  const { linkSecret, prepared } = folder.identity()
  expect(prepared).toBe(false)
  expect(linkSecret.length).toBeGreaterThanOrEqual(43)
  expect(statSync(join(dir, 'identity.json')).mode & 0o777).toBe(0o600)
  folder.saveIdentity({ linkSecret, prepared: true })
  expect(folder.identity()).toEqual({ linkSecret, prepared: true })
  expect(statSync(join(dir, 'identity.json')).mode & 0o777).toBe(0o600)
  folder.release()
})

test('a folder that cannot be made is said', async () => {
  const dir = await temporaryFolder()
  writeFileSync(join(dir, 'file'), '')
  await expect(DataFolder.take(join(dir, 'file', 'data'))).rejects.toThrow('cannot be used')
})
