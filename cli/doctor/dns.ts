/** What DNS says about a sender: SPF, DMARC and the records of DKIM. */
import type { Dns } from '../command.ts'
import type { Reading } from './finding.ts'
import type { DmarcRecords } from './sender-checks.ts'
import { troubleOf } from './trouble.ts'

/** The SPF records at a name. */
export async function spfOf(domain: string, dns: Dns): Promise<Reading<string[]>> {
  const texts = await asked(domain, () => dns.resolveTxt(domain))
  if (texts.kind !== 'read') return texts.kind === 'absent' ? { kind: 'read', value: [] } : texts
  return { kind: 'read', value: joined(texts.value).filter((text) => /^v=spf1(?:\s|$)/i.test(text)) }
}

/** DMARC is looked for at the domain and then above it, up to the name below the top. */
export async function dmarcOf(domain: string, dns: Dns): Promise<Reading<DmarcRecords>> {
  const labels = domain.split('.')
  // Eight at most, as the standard has it, so that a long name costs no more.
  const first = Math.max(0, labels.length - 8)
  for (let left = first; left <= Math.max(first, labels.length - 2); left++) {
    const at = `_dmarc.${labels.slice(left).join('.')}`
    const texts = await asked(at, () => dns.resolveTxt(at))
    if (texts.kind === 'absent') continue
    if (texts.kind !== 'read') return texts
    const records = joined(texts.value).filter((text) => /^v\s*=\s*DMARC1\s*(?:;|$)/.test(text))
    if (records.length > 0) return { kind: 'read', value: { at, records } }
  }
  return { kind: 'absent' }
}

/** The names of those records that are not there, or lead elsewhere. */
export async function lostRecords(
  records: readonly { name: string; target: string }[],
  dns: Dns,
): Promise<Reading<string[]>> {
  const lost: string[] = []
  for (const { name, target } of records) {
    const found = await asked(name, () => dns.resolveCname(name))
    if (found.kind === 'unread' || found.kind === 'skipped') return found
    const there = found.kind === 'read' && found.value.some((one) => same(one, target))
    if (!there) lost.push(name)
  }
  return { kind: 'read', value: lost }
}

const same = (one: string, other: string): boolean =>
  one.toLowerCase().replace(/\.$/, '') === other.toLowerCase().replace(/\.$/, '')

/** A TXT record comes in pieces of 255 characters. */
const joined = (records: readonly string[][]): string[] => records.map((pieces) => pieces.join(''))

async function asked<T>(name: string, ask: () => Promise<T>): Promise<Reading<T>> {
  try {
    return { kind: 'read', value: await ask() }
  } catch (error) {
    const { code, message } = troubleOf(error)
    if (code === 'ENOTFOUND' || code === 'ENODATA') return { kind: 'absent' }
    return {
      kind: 'unread',
      seen: `not known: DNS does not answer for ${name} (${code ?? message})`,
      todo: `Ask again, or by hand: dig +short TXT ${name}`,
    }
  }
}
