/** How large DynamoDB takes an item to be, and what that costs. dynalite counts letters; AWS counts their bytes. */

/** Names and values in UTF-8; a number takes a byte for two digits and one more. */
export function itemSize(item: object): number {
  let size = 0
  for (const [name, value] of Object.entries(item)) size += Buffer.byteLength(name) + valueSize(value)
  return size
}

/** One unit for every started KB, at least one. */
export function writeUnits(...sizes: number[]): number {
  return Math.max(1, Math.ceil(Math.max(0, ...sizes) / 1024))
}

/** One unit for every started 4 KB, at least one; half of that eventually consistent. */
export function readUnits(size: number, consistent: boolean): number {
  return Math.max(1, Math.ceil(size / 4096)) * (consistent ? 1 : 0.5)
}

function valueSize(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const [type, content]: [string, unknown] = Object.entries(value)[0] ?? ['', undefined]
  if (type === 'S') return Buffer.byteLength(String(content))
  if (type === 'N') return numberSize(String(content))
  if (type === 'B') return Buffer.byteLength(String(content), 'base64')
  if (type === 'BOOL' || type === 'NULL') return 1
  if (Array.isArray(content)) {
    const kind = { SS: 'S', NS: 'N', BS: 'B' }[type]
    if (kind !== undefined) return sum(content, (one) => valueSize({ [kind]: one }))
    return 3 + sum(content, (one) => 1 + valueSize(one))
  }
  if (type === 'M' && typeof content === 'object' && content !== null) {
    return 3 + sum(Object.values(content), () => 1) + itemSize(content)
  }
  return 0
}

function numberSize(text: string): number {
  const digits = text.replace(/[-+.]|[eE].*$/g, '').replace(/^0+|0+$/g, '')
  return 1 + Math.ceil(digits.length / 2) + (text.startsWith('-') ? 1 : 0)
}

function sum(values: unknown[], size: (value: unknown) => number): number {
  return values.reduce((total: number, value) => total + size(value), 0)
}
