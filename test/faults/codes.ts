/** Codes of coupons: who has ever held which, and that each has one holder for good, whoever is erased meanwhile. */
import { type Deployment, LINK_SECRET, type Product } from './deployment.ts'
import type { Law } from './laws.ts'

export interface CodesHeld {
  /** By code: the places at which it was ever noted, as a claim names them. */
  noted: Map<string, Set<string>>
  /** By code: the customers in whose journeys it was ever recorded. */
  recorded: Map<string, Set<string>>
}

/** Looks on from the beginning: a table without those who were erased cannot tell. */
export function watchCodes({ outside: { table } }: Deployment, product: Product): CodesHeld {
  const held: CodesHeld = { noted: new Map(), recorded: new Map() }
  const add = (to: Map<string, Set<string>>, code: string, who: string) =>
    to.set(code, (to.get(code) ?? new Set()).add(who))
  table.watchers.push((row) => {
    const { pk, sk, body = '' } = row
    if (!pk.startsWith('C#')) return
    if (sk.startsWith('K#')) add(held.noted, body, holderOf(pk, sk))
    else if (sk.startsWith('#') && body.includes('"q":'))
      for (const { code } of Object.values(product.journeyFrom(row).enrollment.coupons ?? {}))
        add(held.recorded, code, pk.slice(2))
  })
  return held
}

/** As the claim of a code names its holder. */
function holderOf(pk: string, sk: string): string {
  const [, workflow = '', key = '', run = '', ...name] = sk.split('#')
  return [pk.slice(2), workflow, decodeURIComponent(key), run, name.join('#')].join('#')
}

/** What is wrong with who has which code. */
export function whoseCodes({ deployment, product, script, codes, codesHeld }: Law): string[] {
  const { table } = deployment.outside
  const wrong: string[] = []
  for (const [code, customers] of codesHeld.recorded)
    if (customers.size > 1) wrong.push(`${code} was held by ${[...customers].join(' and by ')}`)
  const rows = table.under('P#gifts')
  const free = new Set(rows.filter(({ sk }) => sk.startsWith('free#')).map(({ sk }) => sk.slice(5)))
  const used = new Map(
    rows.filter(({ sk }) => sk.startsWith('used#')).map(({ sk, body = '' }) => [sk.slice(5), body]),
  )
  const kept = new Map(
    table
      .all()
      .filter(({ pk, sk }) => pk.startsWith('C#') && sk.startsWith('K#'))
      .map(({ pk, sk, body = '' }) => [holderOf(pk, sk), body]),
  )
  for (const code of codes) {
    const mark = used.get(code)
    if (mark === undefined) {
      if (!free.has(code)) wrong.push(`${code} is neither free nor used`)
      continue
    }
    // A used code does not say whose it is; who knows them all can tell.
    const holders = [...(codesHeld.noted.get(code) ?? [])].filter(
      (one) => product.marksOf({ linkSecret: LINK_SECRET }, 'coupon', one)[0] === mark,
    )
    const [holder] = holders
    if (holder === undefined || holders.length > 1)
      wrong.push(`${code} is used up, and ${holders.length} could be the holder`)
    else if (kept.get(holder) !== code && !script.erased.has(holder.split('#')[0] ?? ''))
      wrong.push(`${code} is used up by ${holder}, who does not have it`)
  }
  return wrong
}
