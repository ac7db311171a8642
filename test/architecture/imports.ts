/** Who may import whom: the table, and the reading of import specifiers that checks it. */
import { posix } from 'node:path'

export interface SourceFile {
  /** From the root of the repository, with slashes. */
  path: string
  text: string
}

interface Area {
  /** Other folders (or single files) whose values may be imported. */
  from: string[]
  /** Other folders of which types alone may be imported. */
  types: string[]
  /** Packages by name; `node:` ones by their whole name. `any`: this folder is at the edge of the world. */
  packages: string[] | 'any'
}

/** Tests and benchmarks may import everything and stand outside the table. */
const areas: { [folder: string]: Area } = {
  engine: {
    from: [],
    types: [],
    packages: [
      '@marcbachmann/cel-js',
      'html-to-text',
      'liquidjs',
      'mjml-browser',
      'temporal-polyfill',
      'yaml',
      'zod',
    ],
  },
  runtime: { from: ['engine'], types: [], packages: ['hono', 'node:crypto', 'zod'] },
  aws: {
    from: ['runtime/ports.ts'],
    types: ['runtime', 'engine'],
    packages: [
      '@aws-sdk/*',
      '@smithy/*',
      'aws-jwt-verify',
      'node:crypto',
      'node:dns',
      'node:http',
      'node:https',
      'node:net',
      'zod',
    ],
  },
  functions: {
    from: ['aws', 'runtime'],
    types: ['engine'],
    packages: ['@aws-sdk/*', 'aws-lambda', 'hono', 'node:crypto', 'zod'],
  },
  // Describes what is deployed, and takes nothing of what runs there but the names of its variables.
  stacks: {
    from: [],
    types: ['aws/env.ts'],
    packages: ['sst', 'aws-cdk-lib', 'constructs', 'node:fs', 'zod'],
  },
  local: { from: ['engine', 'runtime', 'aws', 'functions'], types: [], packages: 'any' },
  cli: {
    from: ['engine'],
    types: ['runtime'],
    packages: [
      'node:dns/promises',
      'node:fs/promises',
      'node:path',
      'node:readline/promises',
      'node:timers/promises',
      'node:util',
      'tsx',
      'zod',
    ],
  },
  'cli/import': {
    from: ['cli', 'engine'],
    types: ['runtime'],
    packages: [
      'csv-parse',
      'node:crypto',
      'node:fs',
      'node:fs/promises',
      'node:path',
      'node:stream',
      'node:zlib',
      'zod',
    ],
  },
  // The one part of the command line that speaks to AWS and not to a deployment's API.
  'cli/doctor': {
    from: ['cli', 'engine'],
    types: ['runtime'],
    packages: ['@aws-sdk/*', 'node:fs/promises', 'node:path', 'node:url', 'zod'],
  },
}

/** A folder within another may have a row of its own. */
const areaOf = (path: string): string | undefined =>
  Object.keys(areas)
    .filter((folder) => path.startsWith(`${folder}/`))
    .sort((one, other) => other.length - one.length)[0]

interface Import {
  specifier: string
  typeOnly: boolean
  line: number
}

const statement =
  /^[ \t]*(?:import|export)\b(?:(?<clause>[^'"`;]*?)\bfrom\b)?\s*(?<quote>['"])(?<specifier>[^'"\n]+)\k<quote>/gm
const call =
  /\b(?:import|require|resolve)\s*\(\s*(?:\/\*.*?\*\/\s*)?(?<quote>['"`])(?<specifier>[^'"`\n]+)\k<quote>/g

/** Every import of a file: static, re-exported, dynamic and required. Comments are not read. */
export function importsOf(text: string): Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
  const lineAt = (offset: number) => code.slice(0, offset).split('\n').length
  const found: Import[] = []
  for (const match of code.matchAll(statement)) {
    const { clause = '', specifier = '' } = match.groups ?? {}
    const names =
      /\{(.*)\}/s
        .exec(clause)?.[1]
        ?.split(',')
        .map((name) => name.trim())
        .filter(Boolean) ?? []
    const allTypes =
      names.length > 0 && /^\s*\{/.test(clause) && names.every((name) => name.startsWith('type '))
    found.push({ specifier, typeOnly: /^\s*type\b/.test(clause) || allTypes, line: lineAt(match.index) })
  }
  for (const match of code.matchAll(call))
    if (!/^\s*\/\//.test(code.slice(code.lastIndexOf('\n', match.index) + 1)))
      found.push({ specifier: match.groups?.specifier ?? '', typeOnly: false, line: lineAt(match.index) })
  return found
}

/** What a file imports although the table does not let it. */
export function importProblems({ path, text }: SourceFile): string[] {
  const folder = areaOf(path)
  const area = folder === undefined ? undefined : areas[folder]
  if (folder === undefined || !area) return []
  return importsOf(text).flatMap((one) => {
    const why = refused(folder, area, path, one)
    return why === undefined ? [] : [`${path}:${one.line} imports ${one.specifier}: ${why}`]
  })
}

function refused(
  folder: string,
  area: Area,
  path: string,
  { specifier, typeOnly }: Import,
): string | undefined {
  if (!specifier.startsWith('.')) {
    if (area.packages === 'any' || area.packages.some((name) => fits(specifier, name))) return undefined
    return `${folder}/ may not use this package`
  }
  const target = posix.join(posix.dirname(path), specifier)
  const inside = (place: string) => target === place || target.startsWith(`${place}/`)
  if (inside(folder) || area.from.some(inside)) return undefined
  if (area.types.some(inside)) return typeOnly ? undefined : `${folder}/ may import types only from there`
  return `${folder}/ may not import from there`
}

function fits(specifier: string, name: string): boolean {
  if (name.endsWith('/*')) return specifier.startsWith(name.slice(0, -1))
  return specifier === name || (!name.startsWith('node:') && specifier.startsWith(`${name}/`))
}
