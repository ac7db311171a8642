/**
 * The order of a timeline: by time, and within one moment so that nothing stands before what it came of, as far as that
 * is known. Much happens in one moment where time is virtual, and where a queue is short.
 */
import type { Instant } from '../engine/model.ts'

/** An entry, and what is known of its place among those of the same moment. */
export interface Placed<E> {
  entry: E
  /** What others may follow from. Of a name that several have, nothing follows. */
  names?: string[]
  /** The names of what it follows from. */
  after?: string[]
  /** Where nothing is known of what it follows from: its place among such. Left out: the last, where any of it is unknown. */
  rank?: number
  /** It was queued by what it follows from, and had its turn when all of that was done. */
  queued?: boolean
}

interface Node<E> {
  entry: E
  place: number
  level: number
  rank: number
  queued: boolean
  owed: number
  followers: Node<E>[]
}

/** Oldest first. Entries of which nothing is known keep their order. */
export function inCausalOrder<E extends { at: Instant }>(all: readonly Placed<E>[]): E[] {
  const moments = new Map<Instant, Placed<E>[]>()
  for (const one of all) {
    const group = moments.get(one.entry.at)
    if (group) group.push(one)
    else moments.set(one.entry.at, [one])
  }
  return [...moments]
    .sort(([one], [other]) => one - other)
    .flatMap(([, group]) => (group.length === 1 ? group.map(({ entry }) => entry) : ordered(group)))
}

function ordered<E>(group: readonly Placed<E>[]): E[] {
  const open = new Set(linked(group))
  const free = [...open].filter(({ owed }) => owed === 0)
  const told: E[] = []
  while (open.size > 0) {
    // Nothing comes of itself; if records ever said so, they would be told in their order all the same.
    const next = (free.length > 0 ? free : [...open]).reduce((one, other) =>
      comesBefore(other, one) ? other : one,
    )
    open.delete(next)
    if (free.includes(next)) free.splice(free.indexOf(next), 1)
    told.push(next.entry)
    for (const follower of next.followers) {
      follower.level = Math.max(follower.level, next.level + (follower.queued ? 1 : 0))
      if (!follower.queued) follower.rank = Math.max(follower.rank, next.rank)
      follower.owed--
      if (follower.owed === 0 && open.has(follower)) free.push(follower)
    }
  }
  return told
}

function linked<E>(group: readonly Placed<E>[]): Node<E>[] {
  const nodes = group.map(({ entry, rank, queued = false }, place): Node<E> => {
    return { entry, place, level: 0, rank: rank ?? Number.NEGATIVE_INFINITY, queued, owed: 0, followers: [] }
  })
  const named = new Map<string, Node<E> | undefined>()
  for (const [place, node] of nodes.entries())
    for (const name of group[place]?.names ?? []) named.set(name, named.has(name) ? undefined : node)
  for (const [place, node] of nodes.entries()) {
    const { after = [], rank } = group[place] ?? {}
    for (const name of after) {
      const cause = named.get(name)
      if (!cause || cause === node) continue
      cause.followers.push(node)
      node.owed++
    }
    if (rank === undefined && (node.owed === 0 || node.owed < after.length))
      node.rank = Number.POSITIVE_INFINITY
  }
  return nodes
}

/** What is caused by nothing that is known here comes first, then what was queued by that, and so on. */
function comesBefore<E>(one: Node<E>, other: Node<E>): boolean {
  if (one.level !== other.level) return one.level < other.level
  return one.rank === other.rank ? one.place < other.place : one.rank < other.rank
}
