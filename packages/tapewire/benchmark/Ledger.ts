/**
 * What it costs to account for ticks: batches of 64 trades, quotes and updates of books of 20
 * symbols, one after another, through a `Ledger`, against a loop that reads a field of each. Prints
 * nanoseconds a tick.
 */
import * as Ledger from "tapewire/Ledger"
import type { Tick } from "tapewire/Tick"

const isShort = process.argv.includes("--short")
const count = isShort ? 200_000 : 2_000_000
const symbols = Array.from({ length: 20 }, (_, index) => `S${index}-USD`)

/** Numbers that follow one another within a symbol: nothing is missing, as nearly always. */
const tick = (index: number): Tick => {
  const symbol = symbols[index % symbols.length] ?? ""
  const sequence = Math.floor(index / symbols.length)
  const base = { venue: "none", symbol, received: index * 1000 }
  switch (sequence % 4) {
    case 0:
      return {
        _tag: "Trade",
        ...base,
        at: index * 1000,
        id: sequence / 4,
        price: 1,
        size: 1,
        side: "buy"
      }
    case 1:
      return {
        _tag: "BookDelta",
        ...base,
        at: index * 1000,
        firstSequence: (sequence - 1) / 4,
        sequence: (sequence - 1) / 4,
        bids: [],
        asks: []
      }
    default:
      return { _tag: "Quote", ...base, bid: 1, ask: 2 }
  }
}

const batches: Array<ReadonlyArray<Tick>> = []
for (let from = 0; from < count; from += 64) {
  batches.push(Array.from({ length: 64 }, (_, index) => tick(from + index)))
}

let seen = 0
const read = () => {
  for (const batch of batches) for (const { received } of batch) seen += received
}

let ledger = Ledger.make()
const account = () => {
  ledger = Ledger.make({ contiguous: () => true })
  for (const batch of batches) Ledger.step(ledger, batch)
}

const measure = (program: () => void) => {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < (isShort ? 2 : 5); round++) {
    const started = performance.now()
    program()
    best = Math.min(best, performance.now() - started)
  }
  return (best / (batches.length * 64)) * 1e6
}

const floor = measure(read)
const cost = measure(account)
const started = performance.now()
const entries = Ledger.report(ledger)
const reported = performance.now() - started

console.log("read   ", `${floor.toFixed(1)} ns`.padStart(8), "1.00")
console.log("account", `${cost.toFixed(1)} ns`.padStart(8), (cost / floor).toFixed(2))
console.log("report ", `${reported.toFixed(1)} ms`.padStart(8), `for ${entries.length} channels`)
const isComplete = entries.every(
  ({ channel, verdict }) => verdict === "complete" || channel === "quotes"
)
if (seen === 0 || !isComplete) throw new Error("not all was accounted for")
