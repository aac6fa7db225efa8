/** Bugs to plant in the feed, each of which the simulation must find. */
import type { Kind } from "./Faults.ts"

export interface Mutant {
  /** What the feed does wrong with it. */
  readonly name: string
  /** The file it is in, below `packages`. */
  readonly file: string
  /** What stands there exactly once. */
  readonly find: string
  readonly replace: string
  /** What must happen for it to show. */
  readonly faults: ReadonlyArray<Kind>
}

const book = "tapewire/src/Book.ts"
const bookLines = "tapewire/src/internal/bookLines.ts"
const chain = "tapewire/src/TradeChain.ts"
const line = "tapewire/src/internal/line.ts"
const liveFeed = "tapewire/src/LiveFeed.ts"
const rest = "tapewire/src/Rest.ts"
const shard = "tapewire/src/internal/shard.ts"
const tradeLines = "tapewire/src/internal/tradeLines.ts"
const waits = "tapewire/src/internal/waits.ts"

const trades: ReadonlyArray<Mutant> = [
  {
    name: "trades that two connections give are passed on twice",
    file: chain,
    find: `return chain.leap === undefined ? "duplicate" : late(chain, trade, out)`,
    replace: `return out.push(trade), "passed"`,
    faults: ["shutdown"]
  },
  {
    name: "a hole in the trades goes unnoticed",
    file: chain,
    find: "trade.id === last.id + 1) {",
    replace: "trade.id > last.id) {",
    faults: ["fin"]
  },
  {
    name: "missing trades are not asked for",
    file: tradeLines,
    find: "if (line.asked || venue.calls[line.call] === undefined) return",
    replace: "return",
    faults: ["fin"]
  },
  {
    name: "back-filled trades come last first",
    file: tradeLines,
    find: "TradeChain.step(line.chain, one, out.ticks)",
    replace: "TradeChain.step(line.chain, one, { push: (trade) => out.ticks.unshift(trade) })",
    faults: ["fin"]
  },
  {
    name: "trades have the other side",
    file: "venues/src/internal/binanceTicks.ts",
    find: `side: wire.isBuyerMaker ? "sell" : "buy"`,
    replace: `side: wire.isBuyerMaker ? "buy" : "sell"`,
    faults: ["fin"]
  },
  {
    name: "a gap is not told when trades are given up",
    file: tradeLines,
    find: "gaps.tell(",
    replace: "void (",
    faults: ["httpDown"]
  },
  {
    name: "trades that waited for others are lost when those are given up",
    file: chain,
    find: "const after = chain.held.shift()",
    replace: "const [after] = chain.held.splice(0)",
    faults: ["httpDown"]
  },
  {
    name: "missing trades are given up when a connection ends",
    file: "tapewire/src/Session.ts",
    find: "distrust.forget(event.connection)",
    replace: "trades.end(event.at, out)",
    faults: ["drop", "httpNever", "reset"]
  },
  {
    name: "one frame is held back until the next, and lost when the connection ends",
    file: line,
    find: 'inbox.push({ _tag: "Received", venue: venue.id, connection: number, at, data })',
    replace: `
      host.last ??= new Map()
      const before = host.last.get(number)
      host.last.set(number, { _tag: "Received", venue: venue.id, connection: number, at, data })
      if (before !== undefined) inbox.push(before)`,
    faults: ["reset"]
  }
]

const books: ReadonlyArray<Mutant> = [
  {
    name: "a book's update that is included already is applied again",
    file: book,
    find: "if (sequence <= book.last && !begunAnew) return undefined",
    replace: "",
    faults: ["shutdown"]
  },
  {
    name: "the last update that a snapshot includes is applied again",
    file: book,
    find: "if (sequence <= book.last && !begunAnew) return undefined",
    replace: "if (sequence < book.last && !begunAnew) return undefined",
    faults: ["fin"]
  },
  {
    name: "a single missing update goes unnoticed",
    file: book,
    find: "if (firstSequence > book.last + 1) {",
    replace: "if (firstSequence > book.last + 2) {",
    faults: ["drop"]
  },
  {
    name: "a snapshot older than the updates that wait is taken for a later one",
    file: book,
    find: `return { cause: "old" }`,
    replace: "snapshot = { ...snapshot, sequence: first - 1 }",
    faults: ["oldSnapshot"]
  },
  {
    name: "a size of zero does not remove the level",
    file: "tapewire/src/Ladder.ts",
    find: "if (found) self.tail += 2",
    replace: "",
    faults: ["fin"]
  },
  {
    name: "a crossed book is passed on",
    file: book,
    find: "if (!Ladder.apply(book.ladder, delta) || Ladder.isCrossed(book.ladder)) {",
    replace: "if (!Ladder.apply(book.ladder, delta)) {",
    faults: ["crossed"]
  },
  {
    name: "a book is kept when its connection ends",
    file: bookLines,
    find: "Book.reset(line.book)\n    line.attempt = 0",
    replace: "",
    faults: ["fin"]
  },
  {
    name: "it is not told that a book is lost when its connection ends",
    file: bookLines,
    find: `gaps.tell({ symbol, received: at, channel: "book", since, cause: "disconnect" }, out)`,
    replace: "",
    faults: ["fin"]
  }
]

const connections: ReadonlyArray<Mutant> = [
  {
    name: "a connection on which nothing comes is kept",
    file: line,
    find: "quiet = alive() ? 0 : quiet + 1",
    replace: "quiet = 0",
    faults: ["stall"]
  },
  {
    name: "a quiet connection is not asked for a sign of life",
    file: line,
    find: "if (quiet === 2) yield* probe",
    replace: "",
    faults: ["quiet"]
  },
  {
    name: "a connection is given up for one damaged frame",
    file: "tapewire/src/internal/distrust.ts",
    find: "const most = 5",
    replace: "const most = 0",
    faults: ["corrupt"]
  },
  {
    name: "nothing is subscribed to after a connection was lost",
    file: line,
    find: "if (line.isReady) begin(",
    replace: "if (number <= 2) begin(",
    faults: ["fin"]
  },
  {
    name: "a subscription that is mute is left so",
    file: "tapewire/src/internal/liveness.ts",
    find: "one.suspect = ++one.news >= 2",
    replace: "one.suspect = false",
    faults: ["mute"]
  },
  {
    name: "a connection is closed before the one in its place gives anything",
    file: shard,
    find: "Effect.as(caughtUp(talk, shard, next.line), next)",
    replace: "Effect.succeed(next)",
    faults: ["shutdown"]
  },
  {
    name: "a handshake that is never answered is waited for",
    file: liveFeed,
    find: `connectTimeout: "30 seconds"`,
    replace: `connectTimeout: "30 days"`,
    faults: ["unanswered"]
  },
  {
    name: "an answer that never comes is waited for",
    file: rest,
    find: `duration: "10 seconds"`,
    replace: `duration: "10 days"`,
    faults: ["httpNever"]
  }
]

const limits: ReadonlyArray<Mutant> = [
  {
    name: "the wait between attempts to connect never grows",
    file: "tapewire/src/internal/backoff.ts",
    find: "Schedule.exponential(options?.firstWait",
    replace: "Schedule.spaced(options?.firstWait",
    faults: ["flap"]
  },
  {
    name: "Retry-After of a handshake is ignored",
    file: line,
    find: "host.hold(reason.retryAfterMs ?? usualHold)",
    replace: "",
    faults: ["refused429"]
  },
  {
    name: "Retry-After of an answer is ignored",
    file: rest,
    find: "host.hold(asked ?? Duration.toMillis(requests.per))",
    replace: "",
    faults: ["http429"]
  },
  {
    name: "messages are not limited",
    file: line,
    find: "yield* messages.take(1)",
    replace: "",
    faults: ["refuseOften"]
  },
  {
    name: "requests are not limited",
    file: rest,
    find: "host.take(limiter,",
    replace: "host.take({ take: () => Effect.void },",
    faults: ["oldSnapshot"]
  },
  {
    name: "a close with 1008 is not waited out",
    file: waits,
    find: "if (code === 1008) return breach",
    replace: "",
    faults: ["close1008"]
  },
  {
    name: "a close with 1013 is not waited out",
    file: waits,
    find: "code === 1013 || ",
    replace: "",
    faults: ["close1013"]
  }
]

export const all: ReadonlyArray<Mutant> = [...trades, ...books, ...connections, ...limits]

/** Some of each kind, for whoever has less time. */
export const few = all.filter((_, index) => index % 7 === 0)
