/** `npm run pressure`: Premura under far more than it will have, and what that does to memory, reads and time. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { progressOn } from './pressure/progress.ts'
import { proofs } from './pressure/proofs.ts'
import { secondsSince } from './pressure/watch.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    size: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})

const names = Object.keys(proofs)
const { only, size, json } = values
if (size !== undefined && !(Number.isInteger(Number(size)) && Number(size) >= 100))
  refuse(`--size takes a whole number from 100 on, not "${size}"`)
else if (only !== undefined) await run(only)
else if (size !== undefined) refuse('--size counts something else in each proof: say which with --only')
// Each in a process of its own, so that the memory of one is not that of another.
else for (const name of names) runApart(name)

async function run(name: string): Promise<void> {
  const proof = Object.hasOwn(proofs, name) ? proofs[name] : undefined
  if (!proof) return refuse(`there is no proof "${name}": --only takes one of ${names.join(', ')}`)
  const wanted = size === undefined ? proof.size : Number(size)
  const progress = progressOn(process.stderr)
  const startedAt = performance.now()
  const { figures, problems, lines } = await proof.run(wanted, progress.show)
  progress.end()
  const seconds = secondsSince(startedAt)
  if (json)
    process.stdout.write(`${JSON.stringify({ proof: name, size: wanted, seconds, problems, figures })}\n`)
  else {
    const told = problems.length === 0 ? ['every law holds'] : problems.map((problem) => `broken: ${problem}`)
    const all = [...lines, ...told, `(${seconds} s on this machine)`].map((line) => `  ${line}\n`)
    process.stdout.write(`${name}: ${wanted} ${proof.of}\n${all.join('')}`)
  }
  if (problems.length > 0) process.exitCode = 1
}

function runApart(name: string): void {
  const own = [
    ...process.execArgv,
    fileURLToPath(import.meta.url),
    '--only',
    name,
    ...(json ? ['--json'] : []),
  ]
  const { status } = spawnSync(process.execPath, own, { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}

function refuse(why: string): void {
  process.stderr.write(`pressure: ${why}\n`)
  process.exitCode = 2
}
