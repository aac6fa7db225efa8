/** The venue: what happens on its markets, who is told of it, and who may connect. */
import type * as Socket from "effect/socket/Socket"
import type { Agenda } from "./Agenda.ts"
import * as Frames from "./Frames.ts"
import * as Limits from "./Limits.ts"
import * as Line from "./Line.ts"
import * as Market from "./Market.ts"
import type { Recorded } from "./Recorded.ts"
import type { Seeded } from "./Seeded.ts"
import * as Site from "./Site.ts"

/** What becomes of those who connect. */
export type Door =
  | "open"
  | "mute"
  | { readonly status: number; readonly retryAfter: number | undefined }

export interface World {
  readonly markets: ReadonlyArray<Market.Market>
  readonly site: Site.Site
  readonly construct: Socket.WebSocketConstructor["Service"]
  /** Microseconds since the epoch, by the venue's clock. */
  readonly micros: () => number
  /** Connections that stand, oldest first. */
  readonly standing: () => ReadonlyArray<Line.Line>
  /** How many connections were made. */
  readonly connections: () => number
  /** All topics that were ever subscribed to. */
  readonly topics: ReadonlySet<string>
  door: Door
  /** The next update of a book that is sent makes it contradict itself. */
  crossed: boolean
  /** The next request to subscribe is turned down. */
  refusing: boolean
  /** The next topic that is subscribed to is acknowledged, and nothing comes of it. */
  muting: boolean
  /** Markets on which nothing happens. */
  readonly quiet: Set<string>
  /** Something happens on every market now. */
  readonly stir: () => void
  /** Where to hold a connection that stands still against whoever keeps it. */
  readonly stall: (line: Line.Line) => void
  /** The engine is being stopped, and may close what it likes. */
  stopping: boolean
  readonly connects: Limits.Hold
}

/** 2026-11-20 00:00 UTC in microseconds. */
export const epoch = 1_795_132_800_000_000

const names = [
  { native: "BTCUSDT", symbol: "BTC-USDT", recorded: "BTC-USDT 2024", pace: 9000 },
  { native: "ETHUSDT", symbol: "ETH-USDT", recorded: "ETH-USDT 2021", pace: 14_000 },
  // The same coin three years earlier, as a third market.
  { native: "BTCUSDC", symbol: "BTC-USDC", recorded: "BTC-USDT 2021", pace: 30_000 }
]

/** How long a connection may stand still, in milliseconds: the venue's silence, and a quarter of it. */
const patience = 40_000

/** How long the venue lets a connection live. */
const day = 86_400_000

/** How many damaged frames are no reason to give a connection up. */
const nonsense = 5

/** The age from which a connection may be replaced. */
const old = 82_000_000

export const make = (
  agenda: Agenda,
  random: Seeded,
  recorded: Recorded,
  on: {
    readonly note: (failure: string) => void
    /** The venue ended a connection because of its age. */
    readonly aged: () => void
  }
): World => {
  const { note } = on
  const markets = names.map((name) =>
    Market.make(
      { native: name.native, symbol: name.symbol },
      recorded.get(name.recorded) ?? [],
      random
    )
  )
  const lines: Array<Line.Line> = []
  const topics = new Set<string>()
  const dials = Limits.window(agenda, "attempts to connect", 300, 300_000, note)
  const connects = Limits.hold(agenda, "connected", note)
  const site = Site.make(agenda, random, markets, note)
  const micros = () => epoch + Math.round(agenda.now() * 1000)

  const standing = () => lines.filter((line) => line.isOpen())

  const publish = (topic: string, frame: (line: Line.Line) => string) => {
    for (const line of standing()) {
      if (line.topics.has(topic) && !line.mute.has(topic)) line.send(frame(line))
    }
  }

  const happen = (market: Market.Market) => {
    const at = micros()
    const event = market.happen(at)
    for (const deal of event.deals) {
      publish(Frames.tradeTopic(market), () => Frames.trade(market, deal))
      publish(Frames.aggregateTopic(market), () => Frames.aggregated(market, deal))
    }
    publish(Frames.bookTopic(market), () => {
      const net = market.net(event.first, event.last)
      if (world.crossed) {
        world.crossed = false
        const ask = Market.bestAsk(market.bookAt(event.last))
        net.bids.set(ask, 1)
      }
      return Frames.depth(market, at, event, net)
    })
  }

  const live = (market: Market.Market, pace: number): void =>
    agenda.after(random.until(pace), () => {
      if (!world.quiet.has(market.native)) happen(market)
      live(market, pace)
    })

  const subscribe = (line: Line.Line, params: ReadonlyArray<string>) => {
    for (const topic of params) {
      topics.add(topic)
      line.topics.add(topic)
      line.mute.delete(topic)
    }
    if (!world.muting) return
    world.muting = false
    line.mute.add(random.pick(params))
  }

  const answer = (line: Line.Line, text: string): string => {
    const request: unknown = JSON.parse(text)
    if (typeof request !== "object" || request === null) return Frames.refused(null)
    const id = "id" in request ? request.id : null
    const method = "method" in request ? request.method : undefined
    const params =
      "params" in request && Array.isArray(request.params) ? request.params.map(String) : []
    if (method === "LIST_SUBSCRIPTIONS") return Frames.listed(line.topics, id)
    if (method === "UNSUBSCRIBE") {
      for (const topic of params) line.topics.delete(topic)
      return Frames.acknowledged(id)
    }
    // A request for one topic that is refused says that it is not to be had.
    if (method !== "SUBSCRIBE" || (world.refusing && params.length > 1)) {
      world.refusing = false
      return Frames.refused(id)
    }
    subscribe(line, params)
    return Frames.acknowledged(id)
  }

  const dial = (): Line.Line => {
    dials.use(1)
    connects.check()
    let answeredAt = 0
    const messages = Limits.window(agenda, "messages on a connection", 5, 1000, note)
    const line = Line.make(lines.length + 1, agenda, random, {
      message: (line, text) => {
        messages.use(1)
        // In the order in which they came.
        answeredAt = Math.max(answeredAt, agenda.now() + random.between(5, 100))
        agenda.after(answeredAt - agenda.now(), () => line.tell(answer(line, text)))
      },
      closed: (line) => {
        const isWell =
          line.stalledAt === undefined &&
          !line.leaving &&
          line.mute.size === 0 &&
          line.damaged <= nonsense &&
          agenda.now() - line.openedAt <= old
        if (isWell && !world.stopping) {
          note(`connection ${line.number} was closed though it was well`)
        }
      }
    })
    lines.push(line)
    agenda.after(random.between(20, 300), () => welcome(line))
    return line
  }

  const welcome = (line: Line.Line) => {
    if (world.door === "mute") return
    if (world.door === "open") {
      line.open()
      agenda.after(day, () => {
        if (!line.isOpen()) return
        on.aged()
        line.end(1000)
      })
      return
    }
    const { retryAfter, status } = world.door
    if (retryAfter !== undefined) {
      // Nobody is told twice: who comes too soon is noted.
      world.door = "open"
      connects.begin(retryAfter * 1000)
    }
    line.refuse(status, retryAfter)
  }

  const world = {
    markets,
    site,
    construct: () => dial().socket,
    micros,
    standing,
    connections: () => lines.length,
    topics,
    door: "open" as Door,
    crossed: false,
    refusing: false,
    muting: false,
    stopping: false,
    quiet: new Set<string>(),
    stir: () => {
      // Each is nearly certain to have a trade.
      for (let count = 0; count < 4; count++) markets.forEach(happen)
    },
    stall: (line: Line.Line) => {
      line.stalledAt = agenda.now()
      agenda.after(patience, () => {
        if (line.isOpen()) note(`connection ${line.number} was kept though nothing came for 40 s`)
      })
    },
    connects
  }

  for (const market of markets) {
    for (let count = 0; count < 40; count++) market.happen(micros())
  }
  for (const [index, market] of markets.entries()) live(market, names[index]?.pace ?? day)
  return world
}
