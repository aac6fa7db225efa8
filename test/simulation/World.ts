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
  /** When what a topic says of a trade was first read as it was sent, in milliseconds. */
  readonly arrivedAt: (topic: string, id: number) => number | undefined
  door: Door
  /** The next update of a book that is sent makes it contradict itself. */
  crossed: boolean
  /** So many requests to subscribe are turned down, if they are for more than one topic. */
  refusing: number
  /** How long a connection lives that is opened now, in milliseconds, if that is not a day. */
  life: number | undefined
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

/** How long nobody may connect again for the same topics after a connection was closed so. */
const waits = new Map([
  [1008, 30_000],
  [1013, 5000]
])

/** How long a topic of which nothing comes, though there is news, may be left as it is. */
const deaf = 600_000

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
  /** The newest connection that carries or carried a topic. */
  const carriers = new Map<string, Line.Line>()
  /** From when to when nobody may connect for a topic. */
  const shut = new Map<string, { readonly from: number; readonly until: number }>()
  const arrivals = new Map<string, Map<number, number>>()
  const dials = Limits.window(agenda, "attempts to connect", 300, 300_000, note)
  // The venue would let more pass, but no fault that is simulated calls for as many.
  const storm = Limits.window(agenda, "attempts to connect", 60, 300_000, note)
  const connects = Limits.hold(agenda, "connected", note)
  const site = Site.make(agenda, random, markets, note)
  const micros = () => epoch + Math.round(agenda.now() * 1000)

  const standing = () => lines.filter((line) => line.isOpen())

  const publish = (topic: string, frame: () => string, id?: number) => {
    const arrived = () => {
      if (id === undefined) return
      const known = arrivals.get(topic) ?? new Map<number, number>()
      arrivals.set(topic, known)
      if (!known.has(id)) known.set(id, agenda.now())
    }
    for (const line of standing()) {
      if (line.topics.has(topic) && !line.mute.has(topic)) line.send(frame(), arrived)
    }
  }

  const happen = (market: Market.Market) => {
    const at = micros()
    const event = market.happen(at)
    for (const deal of event.deals) {
      publish(Frames.tradeTopic(market), () => Frames.trade(market, deal), deal.id)
      publish(Frames.aggregateTopic(market), () => Frames.aggregated(market, deal), deal.id)
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
      const hold = shut.get(topic)
      if (hold !== undefined && line.dialledAt >= hold.from && line.dialledAt < hold.until) {
        note(`connected for ${topic} ${(hold.until - line.dialledAt) / 1000} s too soon`)
      }
      if (line.number > (carriers.get(topic)?.number ?? 0)) carriers.set(topic, line)
    }
    if (!world.muting) return
    world.muting = false
    const muted = random.pick(params)
    line.mute.add(muted)
    agenda.after(deaf, () => {
      const isLeft = line.isOpen() && line.stalledAt === undefined && line.mute.has(muted)
      if (!isLeft || site.trouble !== undefined || isQuiet(muted)) return
      note(`${muted} was left mute for ${deaf / 60_000} minutes`)
    })
  }

  const isQuiet = (topic: string) =>
    [...world.quiet].some((native) => topic.startsWith(native.toLowerCase()))

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
    if (method !== "SUBSCRIBE" || (world.refusing > 0 && params.length > 1)) {
      world.refusing--
      return Frames.refused(id)
    }
    subscribe(line, params)
    return Frames.acknowledged(id)
  }

  const dial = (): Line.Line => {
    dials.use(1)
    storm.use(1)
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
        // What still gives something is not closed before another does.
        const gives = line.stalledAt === undefined && line.damaged <= nonsense
        if (!gives || world.stopping) return
        for (const topic of line.topics) {
          if (carriers.get(topic) !== line) continue
          note(`connection ${line.number} was closed before another had ${topic}`)
        }
      },
      ended: (line, code) => {
        const wait = waits.get(code)
        if (wait === undefined) return
        const from = agenda.now()
        for (const topic of line.topics) {
          // Another one has it by now.
          if (carriers.get(topic) !== line) continue
          shut.set(topic, { from, until: from + wait - 0.01 })
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
      if (world.life !== undefined) agenda.after(world.life, () => line.end(1006))
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
    arrivedAt: (topic: string, id: number) => arrivals.get(topic)?.get(id),
    door: "open" as Door,
    crossed: false,
    refusing: 0,
    life: undefined as number | undefined,
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
