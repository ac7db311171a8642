/** The other rules of the repository: names, sizes, ambient clock and dice, and what its text never says. */
import type { SourceFile } from './imports.ts'

/** `utils` and its like are where things go that nobody has thought about. */
const drawers = /^(?:utils?|helpers?|common|managers?|misc|shared)$/

export function nameProblems({ path }: SourceFile): string[] {
  const parts = path.split('/')
  const file = parts.pop() ?? ''
  const problems: string[] = []
  for (const part of [...parts, file.replace(/(?:\.(?:test|suite|d))?\.\w+$/, '')])
    for (const word of part.split(/[-.]/))
      if (drawers.test(word)) problems.push(`${path} says "${word}", which says nothing: name what is in it`)
  if (/\.ts$/.test(file) && !/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.(?:test|suite|config|d))?\.ts$/.test(file))
    problems.push(`${path} is not in kebab-case`)
  if (path.startsWith('workflows/') && /\.[cm]?[jt]sx?$/.test(file))
    problems.push(`${path}: workflows/ is data`)
  return problems
}

/** A file that grows beyond this has usually become two. Tests are lists, and may be longer. */
export const longest = 400
export const longestTest = 700

/** Files that may be longer, each with its reason. */
export const long: { [path: string]: string } = {}

export function lengthProblems({ path, text }: SourceFile, allowed = long): string[] {
  if (!path.endsWith('.ts')) return []
  const lines = text.split('\n').length - 1
  const limit = path.startsWith('test/') ? longestTest : longest
  const named = Object.hasOwn(allowed, path)
  if (lines > limit && !named)
    return [`${path} has ${lines} lines, more than ${limit}: split it, or name a reason`]
  if (lines <= limit && named) return [`${path} has only ${lines} lines: take it off the list of long files`]
  return []
}

/** Where the clock and the dice of the machine may be read: at the edge, and handed on from there. */
const pureFolders = ['engine', 'runtime', 'aws']
/** Puts the world together. */
const composition = 'aws/world.ts'
/** The engine's words for time come from its context, the runtime's from the clock of its world. */
const ambient =
  /\b(?:Date\.now\b|new Date\(\s*\)|Date\(\s*\)|Math\.random\b|performance\.now\b|Temporal\.Now\b|randomUUID\b)/

export function ambientProblems({ path, text }: SourceFile): string[] {
  const folder = path.split('/')[0] ?? ''
  if (!pureFolders.includes(folder) || !path.endsWith('.ts') || path === composition) return []
  return text.split('\n').flatMap((line, index) => {
    const found = ambient.exec(line.replace(/^\s*(?:\/?\*|\/\/).*$/, ''))
    return found ? [`${path}:${index + 1} reads ${found[0]}: take the time and the dice from the world`] : []
  })
}

/** Put together here, so that this file may hold them. */
const slash = '/'
const forbidden: [RegExp, string][] = [
  [new RegExp(`(?<![\\w.])${slash}(?:work|root|Users)${slash}`), 'a path of somebody’s machine'],
  [new RegExp(`(?<![\\w.])${slash}home${slash}[a-z]`), 'a path of somebody’s machine'],
  [new RegExp(`(?<![\\w.])${slash}tmp${slash}[a-z]`), 'a path of somebody’s machine'],
  [/"resolved": "https?:/, 'the host of a package registry'],
  [
    /\b(?:issue|pull request|PR) #\d+|\((?:#\d+)\)/,
    'the number of an issue, which means nothing to a reader',
  ],
]

export function wordingProblems({ path, text }: SourceFile): string[] {
  return text
    .split('\n')
    .flatMap((line, index) =>
      forbidden.flatMap(([words, what]) => (words.test(line) ? [`${path}:${index + 1} holds ${what}`] : [])),
    )
}

/** Every TypeScript file starts by saying what it is for; the names of tests say it for them. */
export function openingProblems({ path, text }: SourceFile): string[] {
  if (!path.endsWith('.ts') || /\.(?:d|test|config)\.ts$/.test(path)) return []
  const first = text.replace(/^#!.*\n/, '').trimStart()
  return first.startsWith('/**') || first.startsWith('//')
    ? []
    : [`${path} does not say in its first line what it is for`]
}
