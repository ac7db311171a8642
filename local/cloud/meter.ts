/** Counts what AWS would put on the bill. */

export interface MeterReading {
  /** `dynamodb.PutItem` → how many. Refused and failed calls count too: they are billed. */
  calls: Record<string, number>
  dynamodb: { readUnits: number; writeUnits: number }
}

export class Meter {
  #calls = new Map<string, number>()
  #readUnits = 0
  #writeUnits = 0

  count(call: string): void {
    this.#calls.set(call, (this.#calls.get(call) ?? 0) + 1)
  }

  addReadUnits(units: number): void {
    this.#readUnits += units
  }

  addWriteUnits(units: number): void {
    this.#writeUnits += units
  }

  read(): MeterReading {
    return {
      calls: Object.fromEntries([...this.#calls].sort(([a], [b]) => (a < b ? -1 : 1))),
      dynamodb: { readUnits: this.#readUnits, writeUnits: this.#writeUnits },
    }
  }

  reset(): void {
    this.#calls = new Map()
    this.#readUnits = 0
    this.#writeUnits = 0
  }
}
