/** Size and cold import of each function, bundled as it is deployed: ESM, minified, mail compiler left outside. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const FUNCTIONS = ['api', 'worker', 'tick', 'sweep', 'feedback']

/** Loaded when a workflow is published, and never on the way of a message. */
const EXTERNAL = ['mjml-browser', 'cheerio', 'html-to-text']

export interface BundleFigures {
  name: string
  kilobytes: number
  /** Median of fresh processes, the start of an empty module taken off. */
  importMs: number
}

async function bundle(name: string, outfile: string): Promise<number> {
  const result = await build({
    entryPoints: [`functions/${name}.ts`],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    mainFields: ['module', 'main'],
    external: EXTERNAL,
    metafile: true,
    logLevel: 'error',
    // Some dependencies are CommonJS inside and ask for `require`.
    banner: { js: "import{createRequire as r}from'node:module';const require=r(import.meta.url);" },
  })
  return Object.values(result.metafile.outputs).reduce((sum, { bytes }) => sum + bytes, 0)
}

export async function bundleFigures(runs = 7): Promise<BundleFigures[]> {
  // Inside the project, so that what is left outside of a bundle is found.
  const folder = mkdtempSync(join(process.cwd(), 'node_modules', '.bench-'))
  try {
    const empty = join(folder, 'empty.mjs')
    execFileSync(process.execPath, ['-e', `require('fs').writeFileSync(${JSON.stringify(empty)}, '')`])
    const figures: BundleFigures[] = []
    const idle = median(Array.from({ length: runs }, () => importMs(empty)))
    for (const name of FUNCTIONS) {
      const file = join(folder, `${name}.mjs`)
      const bytes = await bundle(name, file)
      const ms = median(Array.from({ length: runs }, () => importMs(file))) - idle
      figures.push({ name, kilobytes: Math.round(bytes / 1024), importMs: Math.round(ms) })
    }
    return figures
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function importMs(file: string): number {
  const code = `const t=performance.now();import(${JSON.stringify(file)}).then(()=>console.log(performance.now()-t))`
  const env = { PATH: process.env.PATH ?? '', AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' }
  return Number(execFileSync(process.execPath, ['-e', code], { env, encoding: 'utf8' }))
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
