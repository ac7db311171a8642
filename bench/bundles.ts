/** Size and cold import of each function, bundled as it is deployed. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BuildOptions, build as esbuild, type Metafile } from 'esbuild'
import { type FunctionName, variablesOf } from '../aws/env.ts'
import { bundling } from '../stacks/bundling.ts'

const isFunction = (name: string): name is FunctionName => Object.hasOwn(variablesOf, name)
export const functionNames: FunctionName[] = Object.keys(variablesOf).filter(isFunction)

export interface BundleFigures {
  name: string
  /** The entry, and what it imports before it runs. */
  coldKilobytes: number
  /** What is imported when it is first needed, if ever. */
  lazyKilobytes: number
  /** Median of fresh processes, the start of an empty module taken off. */
  importMs: number
}

export interface BundlePart {
  bytes: number
  /** Paths of the sources of which anything is left in it. */
  inputs: string[]
}

export interface Bundle {
  cold: BundlePart
  lazy: BundlePart
}

/**
 * Bundles one entry point as `sst deploy` does.
 * @param build esbuild's, of whatever version
 */
export async function bundle(
  entry: string,
  outdir: string,
  build: (options: BuildOptions & { metafile: true }) => Promise<{ metafile: Metafile }> = esbuild,
): Promise<Bundle> {
  const { esbuild: own, format, minify, splitting, sourcemap } = bundling
  const { metafile } = await build({
    entryPoints: [entry],
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format,
    minify,
    splitting,
    sourcemap,
    ...own,
    // It has to run where it is measured, too.
    target: 'node20',
    metafile: true,
    logLevel: 'error',
  })
  const outputs = new Map(Object.entries(metafile.outputs))
  const cold = new Set([...outputs.keys()].filter((path) => outputs.get(path)?.entryPoint === entry))
  // A set is walked in the order in which it grows.
  for (const path of cold)
    for (const one of outputs.get(path)?.imports ?? [])
      if (one.kind === 'import-statement' && outputs.has(one.path)) cold.add(one.path)
  const partOf = (paths: Iterable<string>): BundlePart => {
    const part: BundlePart = { bytes: 0, inputs: [] }
    for (const path of paths) {
      const { bytes = 0, inputs = {} } = outputs.get(path) ?? {}
      part.bytes += bytes
      for (const [input, { bytesInOutput }] of Object.entries(inputs))
        if (bytesInOutput > 0) part.inputs.push(input)
    }
    return part
  }
  return {
    cold: partOf(cold),
    lazy: partOf([...outputs.keys()].filter((path) => !cold.has(path) && !path.endsWith('.map'))),
  }
}

export async function bundleFigures(runs = 7): Promise<BundleFigures[]> {
  // Outside of the project: what a bundle lacks, it finds nowhere.
  const folder = mkdtempSync(join(tmpdir(), 'premura-bundles-'))
  try {
    const empty = join(folder, 'empty.mjs')
    writeFileSync(empty, '')
    const figures: BundleFigures[] = []
    const idle = median(Array.from({ length: runs }, () => importMs(empty)))
    for (const name of functionNames) {
      const { cold, lazy } = await bundle(`functions/${name}.ts`, join(folder, name))
      const file = join(folder, name, `${name}.mjs`)
      const ms = median(Array.from({ length: runs }, () => importMs(file))) - idle
      figures.push({
        name,
        coldKilobytes: Math.round(cold.bytes / 1000),
        lazyKilobytes: Math.round(lazy.bytes / 1000),
        importMs: Math.round(ms),
      })
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
