/** What `npx sst build` makes of this project, run as a person runs it, away from whatever else uses the checkout. */
import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** All that a deployment reads. SST knows no other place for `.sst` than beside its configuration, so that this is copied. */
const sources = ['aws', 'engine', 'functions', 'runtime', 'stacks']
const configuration = ['package.json', 'tsconfig.json', 'premura.config.ts', 'sst.config.ts']

export interface Run {
  /** null when it did not end in time, and was ended. */
  code: number | null
  /** What it wrote, to both. */
  said: string
  /** Whom its Node processes wanted to connect to, in order: `127.0.0.1:80`. */
  contacted: string[]
}

export interface Place {
  folder: string
  /** Runs there with this environment and no other; all that it starts is ended with it. */
  run(command: string[], environment: { [name: string]: string }, withinMs: number): Promise<Run>
  remove(): Promise<void>
}

/** A copy of the project, with the installed packages in reach until `remove` or `withoutPackages`. */
export async function copyProject(): Promise<Place & { withoutPackages(): Promise<void> }> {
  const place = await mkdtemp(join(tmpdir(), 'premura-build-'))
  const folder = join(place, 'project')
  const packages = join(folder, 'node_modules')
  await mkdir(folder)
  for (const name of [...sources, ...configuration])
    await cp(join(root, name), join(folder, name), { recursive: true })
  await symlink(join(root, 'node_modules'), packages, 'dir')
  let runs = 0
  return {
    folder,
    async run(command, environment, withinMs) {
      const connections = join(place, `connections-${++runs}`)
      await writeFile(connections, '')
      const watching = new URL('connections.mjs', import.meta.url).href
      const env = {
        PATH: process.env.PATH ?? '',
        // Nothing that somebody keeps at home: profiles, credentials, npm's settings.
        HOME: place,
        NODE_OPTIONS: `--import=${watching}`,
        CONNECTIONS: connections,
        ...environment,
      }
      const ended = await runToItsEnd(command, folder, env, withinMs)
      const contacted = (await readFile(connections, 'utf8')).split('\n').filter(Boolean)
      return { ...ended, contacted }
    },
    withoutPackages: () => rm(packages),
    remove: () => rm(place, { recursive: true, force: true }),
  }
}

function runToItsEnd(
  [command = '', ...words]: string[],
  cwd: string,
  env: { [name: string]: string },
  withinMs: number,
): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve, reject) => {
    // A group of its own: npx starts a shell, and the shell SST.
    const child = spawn(command, words, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    const timer = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    }, withinMs)
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text) => {
        said += String(text)
      })
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code, said })
    })
  })
}
