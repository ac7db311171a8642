/** Bugs of the kind that people make, each put into the product's source as it is bundled, or into the harness around it. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import type { Product } from './deployment.ts'
import { type Fault, pairs } from './points.ts'
import * as harnessed from './product.ts'

export interface Planted {
  name: string
  /** The point whose faults bring it to light, if it takes such; or only one of them. */
  about?: { point: string; fault?: Fault }
  /** In which file, what is there, what stands there instead. */
  patches?: { file: string; from: string; to: string }[]
  deletesFirst?: boolean
}

const root = new URL('../../', import.meta.url)

export const planted: readonly Planted[] = [
  {
    name: 'a redelivery does not arm again what a crash left without its timer',
    about: { point: 'timers.arm journey' },
    patches: [
      {
        file: 'runtime/on-event.ts',
        from: `if (taken.as === 'again' && enrollment.seenEventId === event.id) await rearm(runtime, enrollment)`,
        to: ``,
      },
    ],
  },
  {
    name: 'a mail is recorded before it is sent',
    patches: [
      {
        file: 'runtime/drive.ts',
        from: `    const outcome = await perform(session, program, current, command, context)`,
        to: `    if (command.kind === 'send') {
      const early = advance(program, current.enrollment, { kind: 'performed', outcome: { status: 'done' } }, context)
      const claimed = current
      current = await commit(session, program, current, early.enrollment)
      await perform(session, program, claimed, command, context)
      result = early
      continue
    }
    const outcome = await perform(session, program, current, command, context)`,
      },
    ],
  },
  {
    name: 'a claim is not released when the provider says "not now"',
    about: { point: 'sender.send' },
    patches: [
      {
        file: 'engine/advance.ts',
        from: `course.without('claim').with({ phase: 'waiting', dueAt, attempts: counted })`,
        to: `course.with({ dueAt, attempts: counted })`,
      },
    ],
  },
  {
    name: 'a journey is written whoever wrote it since it was read',
    about: { point: 'table.put journey', fault: 'stalled' },
    patches: [
      {
        file: 'runtime/journeys.ts',
        from: `stored.rev === 0 ? { kind: 'absent' } : { kind: 'rev', rev: stored.rev },`,
        to: `{ kind: 'any' },`,
      },
    ],
  },
  { name: 'a message is deleted before it is worked on', deletesFirst: true },
  {
    name: 'a journey that is put away is gone before it stands on the shelf',
    about: { point: 'table.put shelved journey' },
    patches: [
      {
        file: 'runtime/shelving.ts',
        from: `  const written = await table.put(row, { kind: 'absent' })`,
        to: `  await table.delete(row.pk, journeySk(workflow, key, run), { kind: 'rev', rev: journey.rev })
  const written = await table.put(row, { kind: 'absent' })`,
      },
    ],
  },
  {
    name: 'who has journeys on the shelf enters as if they were not there',
    patches: [
      {
        file: 'runtime/on-event.ts',
        from: `return last ? judgeBy(session, workflow, event, now, [last]) : verdict`,
        to: `return verdict`,
      },
    ],
  },
  {
    name: 'a journey is put away without a mark that says so',
    patches: [
      {
        file: 'runtime/shelving.ts',
        from: `  await mark(world.table, customerId, session.loaded.shelf, quiet)`,
        to: `  void mark`,
      },
    ],
  },
  {
    name: 'the worker swallows what fails',
    patches: [
      {
        file: 'functions/worker.ts',
        from: `      if (tries < LAST_TRY) return rest()
      if (!(await giveUp(runtime, record, error))) failed.push(record.messageId)
    }`,
        to: `      void rest
    }`,
      },
    ],
  },
  {
    name: 'repeats of an event are known by the queue alone, which forgets after five minutes',
    patches: [
      {
        file: 'runtime/events.ts',
        from: `  const result = await table.put(toRow(stored), { kind: 'absent' })
  if (result.ok) return`,
        to: `  await table.put(toRow(stored), { kind: 'any' })
  const result: { ok: boolean; conflict?: Row } = { ok: true }
  if (result.ok) return`,
      },
      {
        file: 'engine/enroll.ts',
        from: `if (runs.some(({ entry }) => entry.id === event.id)) {`,
        to: `if (runs.some(({ entry }) => entry.id === '')) {`,
      },
      {
        file: 'runtime/on-event.ts',
        from: `if (runs.some(({ entry }) => entry.id === event.id)) return undefined`,
        to: ``,
      },
    ],
  },
  {
    name: 'a mail of which nobody knows is sent again at once',
    about: { point: 'sender.send' },
    patches: [
      {
        file: 'runtime/effects.ts',
        from: `  if (outcome.status !== 'unknown') return outcome`,
        to: `  if (outcome.status !== 'unknown') return outcome
  const again = await runtime.world.sender.send(mail)
  if (again.status === 'sent') return { status: 'done' }`,
      },
    ],
  },
  {
    name: 'what a crash left open is sent again without asking',
    about: { point: 'sender.send' },
    patches: [
      {
        file: 'runtime/drive.ts',
        from: `        : 'unknown'
    if (found === 'sent')`,
        to: `        : 'unknown'
    if (found !== 'sent') return await drive(session, journey, { kind: 'performed', outcome: { status: 'resend' } })
    if (found === 'sent')`,
      },
    ],
  },
  {
    name: 'a wake is believed, whatever is due',
    patches: [
      {
        file: 'engine/advance.ts',
        from: `if (context.now < dueAt) return course.done({ kind: 'wait', step, dueAt })`,
        to: ``,
      },
    ],
  },
  {
    name: 'a code is taken without a claim',
    about: { point: 'table.put coupon used' },
    patches: [
      {
        file: 'runtime/coupons.ts',
        from: `  const result = await runtime.world.table.put(row, { kind: 'absent' })
  return result.ok || marks.includes(result.conflict?.body ?? '')`,
        to: `  await runtime.world.table.put(row, { kind: 'any' })
  return true`,
      },
    ],
  },
  {
    name: 'a timer that could not be armed is passed over',
    about: { point: 'timers.arm journey' },
    patches: [
      {
        file: 'runtime/drive.ts',
        from: `if (command?.kind === 'wait') await arm(runtime, current.enrollment, command.dueAt)`,
        to: `if (command?.kind === 'wait') await arm(runtime, current.enrollment, command.dueAt).catch(() => {})`,
      },
    ],
  },
  {
    name: 'the sweep skips what is overdue',
    about: { point: 'timers.fire' },
    patches: [
      {
        file: 'runtime/sweep.ts',
        from: `      else if (!round.paused.has(stored.enrollment.workflow))
        wakes.push(overdue(round, stored.enrollment, dueAt))`,
        to: ``,
      },
    ],
  },
  {
    name: 'the row of an event is written before anything is decided',
    about: { point: 'table.put event' },
    patches: [
      {
        file: 'runtime/on-event.ts',
        from: `const stand = { decisions, merges,`,
        to: `const stand = { decisions: [], merges,`,
      },
    ],
  },
  {
    name: 'what came with an event is merged again with every redelivery',
    about: { point: 'table.put journey' },
    patches: [
      { file: 'runtime/customers.ts', from: `if (loaded.mergedIntake !== intake) return`, to: `return` },
      // A replay fills in only what is missing, which would hide it.
      {
        file: 'runtime/on-event.ts',
        from: `if (taken.mergedBefore !== undefined && taken.mergedBefore !== now.mergedBefore) return true`,
        to: ``,
      },
    ],
  },
  {
    name: 'each try of a task opens a task of its own',
    about: { point: 'table.put task' },
    patches: [
      {
        file: 'runtime/tasks.ts',
        from: `\${occasionAt(enrollment, command.step)}\`).slice(0, 20)}\``,
        to: `\${occasionAt(enrollment, command.step)}\${runtime.world.ids.next('t')}\`).slice(0, 20)}\``,
      },
    ],
  },
  {
    name: 'each try of an emit is another event',
    about: { point: 'queue.send event' },
    patches: [
      {
        file: 'runtime/effects.ts',
        from: `const id = idOfEmitted(enrollment, step)`,
        to: `const id = \`\${idOfEmitted(enrollment, step)}.\${now}\``,
      },
    ],
  },
  {
    name: 'an erasure leaves no mark behind while the queue runs out',
    about: { point: 'table.put erasure' },
    patches: [
      {
        file: 'runtime/erase.ts',
        from: `  await table.put({ pk, sk: ERASED_SK, expiresAt: clock.now() + MARK_KEPT_MS }, { kind: 'any' })`,
        to: `  void [MARK_KEPT_MS, clock]`,
      },
    ],
  },
  {
    name: 'nobody asks whether an event is from before an erasure',
    about: { point: 'table.put erasure remembered' },
    patches: [
      {
        file: 'runtime/on-event.ts',
        from: `  if (type !== DAY_REACHED && isFromBefore(acceptedAt, await erasedBefore(runtime, loaded))) return true`,
        to: `  void [isFromBefore, erasedBefore, acceptedAt]`,
      },
    ],
  },
  {
    name: 'whoever has come back is not known to have been erased',
    about: { point: 'table.put erasure remembered' },
    patches: [
      {
        file: 'runtime/customer-row.ts',
        from: `    ...(erasedAt !== undefined && { g: erasedAt }),`,
        to: ``,
      },
    ],
  },
  {
    name: 'who was erased is refused by nobody',
    about: { point: 'table.put shut out' },
    patches: [
      {
        file: 'runtime/on-event.ts',
        from: `  return !loaded.known && (await isShutOut(runtime, customerId))`,
        to: `  void [isShutOut, customerId]
  return false`,
      },
    ],
  },
  {
    name: 'an answer behind a link is noted as given before the queue has it',
    about: { point: 'table.put answer mark', fault: 'crash-after' },
    patches: [
      {
        file: 'runtime/appointments.ts',
        from: `  await accept(runtime, [{ event }], readAt)\n`,
        to: ``,
      },
      {
        file: 'runtime/appointments.ts',
        from: `  await undoIfErased(runtime, customerId, row, readAt)`,
        to: `  await accept(runtime, [{ event }], readAt)
  await undoIfErased(runtime, customerId, row, readAt)`,
      },
    ],
  },
  {
    name: 'an event reaches only the first journey that listens',
    patches: [
      {
        file: 'runtime/on-event.ts',
        from: `if (program.listensTo.includes(event.type)) await drive(session, journey, { kind: 'event', event })`,
        to: `if (program.listensTo.includes(event.type)) {
      await drive(session, journey, { kind: 'event', event })
      break
    }`,
      },
    ],
  },
  {
    name: 'that the provider took a mail settles no doubt',
    about: { point: 'sender.send' },
    patches: [
      {
        file: 'runtime/on-feedback.ts',
        from: `const doubtful = type !== 'in-doubt' &&`,
        to: `const doubtful = type !== 'in-doubt' && type !== 'send' &&`,
      },
    ],
  },
  {
    name: 'the worker gives a message up without a word',
    about: { point: 'table.put failure' },
    patches: [
      {
        file: 'functions/worker.ts',
        from: `      if (!(await giveUp(runtime, record, error))) failed.push(record.messageId)
    }`,
        to: `    }`,
      },
    ],
  },
  {
    name: 'a dead letter is taken out before it is written down',
    about: { point: 'letters.delete work', fault: 'crash-after' },
    patches: [
      {
        file: 'runtime/dead-letters.ts',
        from: `        await settle(letter)
        await from.delete(letter)`,
        to: `        await from.delete(letter)
        await settle(letter)`,
      },
    ],
  },
  {
    name: 'the mark of a doubt goes before the doubt is settled',
    about: { point: 'table.delete doubts' },
    patches: [
      {
        file: 'runtime/drive.ts',
        from: `  const after = await commitJourney(`,
        to: `  await unmarkDoubt(runtime, before.enrollment, enrollment)
  const after = await commitJourney(`,
      },
    ],
  },
  {
    name: 'the recount leaves out what came of mails',
    patches: [
      {
        file: 'runtime/figures.ts',
        from: `    if (name) add(entry.at, name)`,
        to: `    if (name && entry.outcome !== 'opened') add(entry.at, name)`,
      },
    ],
  },
]

/** The first stories whose faults are at the point that the bug is about. */
export function storiesAbout(about: Planted['about'], many: number, from = 0): number[] {
  const seeds: number[] = []
  for (let seed = from; seeds.length < many; seed++) {
    const { point, fault } = pairs[seed % pairs.length] ?? {}
    if (!about || (point === about.point && (about.fault ?? fault) === fault)) seeds.push(seed)
  }
  return seeds
}

/** The product with a bug in it, and nothing else: every text that is replaced is found exactly once. */
export async function productWith({ patches = [] }: Planted): Promise<Product> {
  if (patches.length === 0) return harnessed
  const done = new Set<string>()
  const plugin: Plugin = {
    name: 'planted',
    setup(bundle) {
      bundle.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        let contents = await readFile(path, 'utf8')
        for (const { file, from, to } of patches) {
          if (path !== fileURLToPath(new URL(file, root))) continue
          const times = contents.split(from).length - 1
          if (times !== 1) throw new Error(`${file} holds what is to be replaced ${times} times:\n${from}`)
          contents = contents.replace(from, () => to)
          done.add(file)
        }
        return { contents, loader: 'ts' }
      })
    },
  }
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('product.ts', import.meta.url))],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
    banner: { js: REQUIRE },
    plugins: [plugin],
  })
  for (const { file } of patches)
    if (!done.has(file)) throw new Error(`${file} is not part of what the harness runs`)
  const [bundle] = outputFiles
  if (!bundle) throw new Error('the bundler made nothing')
  const url = `data:text/javascript;base64,${Buffer.from(bundle.text).toString('base64')}`
  const product: Product = await import(/* @vite-ignore */ url)
  return product
}

/** Packages that were written for \`require\` ask for Node's own. */
const REQUIRE = `import { createRequire as made } from 'node:module'; const require = made(${JSON.stringify(root.href)});`
