/** A process whose disk is full for a while: it may write no larger files, then it may again. Says what became of its writes. */
import { execFileSync } from 'node:child_process'
import { writeSync } from 'node:fs'
import { openStore } from '../../local/cloud/store.ts'

const [dir = '', note = '', size = ''] = process.argv.slice(2)
const limit = (bytes: string) => execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`])
// The kernel's way to say that a file is too large, besides the error.
process.on('SIGXFSZ', () => undefined)

const store = await openStore(dir, {
  note,
  onLoss: ({ findings }) => {
    throw new Error(findings.join())
  },
})
const acknowledged: string[] = []
const failed: string[] = []
const write = async (key: string) => {
  try {
    await store.write([{ type: 'put', key, value: 'v'.repeat(Number(size)) }])
    acknowledged.push(key)
  } catch {
    failed.push(key)
  }
}
for (let n = 0; n < 100; n++) await write(`before-${n}`)
limit('400000')
for (let n = 0; n < 200 && failed.length === 0; n++) await write(`during-${n}`)
limit('unlimited')
for (let n = 0; n < 100; n++) await write(`after-${n}`)
writeSync(1, JSON.stringify({ acknowledged, failed }))
process.kill(process.pid, 'SIGKILL')
