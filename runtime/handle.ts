/** One message of the work queue: which rule it belongs to. */
import { onCalendar } from './calendar-scan.ts'
import { onErase } from './erase.ts'
import { onEvent } from './on-event.ts'
import { onFeedback } from './on-feedback.ts'
import { onProfile } from './on-profile.ts'
import { onSettle } from './on-settle.ts'
import { onWake } from './on-wake.ts'
import { isConflict } from './errors.ts'
import { goRound } from './round.ts'
import type { Runtime } from './runtime.ts'
import { onShelve } from './shelving.ts'
import { startDue } from './tick.ts'
import type { Work } from './work.ts'

/** Another writer came first (a person edited the profile, a zombie finished late): decide again on what is there now. */
const TRIES = 4

/** Handles one message of the queue. Throws when it has to come again. */
export async function handle(runtime: Runtime, work: Work): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await dispatch(runtime, work)
    } catch (error) {
      if (!isConflict(error) || attempt === TRIES) throw error
    }
  }
}

async function dispatch(runtime: Runtime, work: Work): Promise<void> {
  switch (work.kind) {
    case 'event':
      return await onEvent(runtime, work)
    case 'wake':
      return await onWake(runtime, work)
    case 'feedback':
      return await onFeedback(runtime, work)
    case 'profile':
      return await onProfile(runtime, work)
    case 'erase':
      return await onErase(runtime, work)
    case 'settle':
      return await onSettle(runtime, work)
    case 'shelve':
      return await onShelve(runtime, work)
    case 'due':
      await startDue(runtime, work)
      return
    case 'calendar':
      return await onCalendar(runtime, work)
    case 'sweep':
      return await goRound(runtime, work)
  }
}
