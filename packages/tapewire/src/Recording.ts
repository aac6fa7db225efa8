/**
 * Plays a tape: what was recorded on the wire goes through the same `Session` as live frames, and
 * recorded ticks come as they are.
 *
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { micros } from "./Connection.ts"
import { type Feed, topicOf } from "./Feed.ts"
import { BadTape, FeedError, Unsupported } from "./FeedError.ts"
import * as Monitor from "./internal/monitor.ts"
import * as Pace from "./internal/pace.ts"
import * as Survivors from "./internal/survivors.ts"
import * as TickBooks from "./internal/tickBooks.ts"
import * as Session from "./Session.ts"
import * as Subscription from "./Subscription.ts"
import * as TapeFile from "./TapeFile.ts"
import type { TapeError } from "./TapeError.ts"
import type { Tick } from "./Tick.ts"
import * as Venue from "./Venue.ts"

/**
 * @since 0.1.0
 */
export interface Options {
  /** 1 is the speed of the recording; by default as fast as the ticks are read. */
  readonly speed?: number | undefined
  /** Begins again at the end. */
  readonly loop?: boolean | undefined
  /** A longer stretch in which nothing came is a cut and not waited for; 1 minute by default. */
  readonly longestPause?: Duration.Input | undefined
  /** Is told of every part of the tape that is damaged or missing and was left out. */
  readonly onDamage?: ((detail: string) => Effect.Effect<void>) | undefined
}

/**
 * The ticks of a tape in its order. Of a wire-level tape, the ticks that the given venues make of it.
 *
 * The same tape gives the same ticks at any speed. Fails where the tape cannot be read; what is
 * damaged is left out and told. After that a book begins anew with its next snapshot, and a `Gap`
 * stands where updates are left out until then.
 *
 * @since 0.1.0
 */
export const ticks = (
  tape: TapeFile.TapeReader,
  venues: ReadonlyArray<Venue.Venue>,
  options?: Options
): Stream.Stream<Tick, TapeError> =>
  play(tape, () => interpreter(sessions(tape, venues), Survivors.make(venues)), options)

/**
 * The recorded feed of one venue. Fails where the tape cannot be read or holds nothing of the venue.
 *
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  venue: Venue.Venue,
  path: string,
  options?: Options
) {
  const failed = (detail: string) =>
    new FeedError({ venue: venue.id, reason: new BadTape({ detail }) })
  const tape = yield* Effect.mapError(TapeFile.open(path), ({ message }) => failed(message))
  const recorded = tape.header.feeds.filter((feed) => feed.venue === venue.id)
  if (recorded.length === 0) {
    const others = new Set(tape.header.feeds.map((feed) => feed.venue))
    return yield* failed(`${path} holds nothing of ${venue.id}, only of ${[...others].join(", ")}`)
  }
  const contiguous = Venue.contiguous([venue])
  const held = recorded.flatMap(({ subscriptions }) => subscriptions)
  /** What of it is not wanted now. */
  const left = new Map<string, Subscription.Subscription>()
  const subscriptions = () =>
    held.filter((subscription) => !left.has(Subscription.format(subscription)))
  const monitor = yield* Monitor.make(venue.id, contiguous, subscriptions)
  const clock = yield* Clock.Clock
  const tell = (event: { readonly _tag: "Ended" } | { readonly _tag: "Damaged"; detail: string }) =>
    monitor.tell({ ...event, venue: venue.id, at: micros(clock) })
  const onDamage = (detail: string) =>
    Effect.andThen(tell({ _tag: "Damaged", detail }), options?.onDamage?.(detail) ?? Effect.void)

  /** What is meant by topics, all of which must be on the tape. */
  const some = (topics: ReadonlyArray<string>) =>
    Effect.forEach(topics, (topic) => {
      const found = held.find((one) => topicOf(one) === topic)
      if (found !== undefined) return Effect.succeed(found)
      const offers = held.map(topicOf)
      const reason = new Unsupported({ subscription: topic, offers })
      return Effect.fail(new FeedError({ venue: venue.id, reason }))
    })
  const wanted = (ticks: ReadonlyArray<Tick>): ReadonlyArray<Tick> =>
    left.size === 0
      ? ticks
      : ticks.filter(
          (tick) => !Array.from(left.values()).some((one) => Subscription.matches(one, tick))
        )

  /** Reads the tape from its beginning. */
  const begin = () => {
    const found = sessions(tape, [venue])
    const books = TickBooks.make()
    const session = found.get(venue.id)
    const { end, interpret, lose } = interpreter(found, Survivors.make([venue]))
    monitor.forget()
    const shown: Monitor.Shown = {
      counts: session?.counts,
      book: (symbol) => books.book(symbol) ?? session?.book(symbol)
    }
    return {
      shown,
      end,
      lose: () => {
        lose()
        books.lose()
      },
      interpret: (block: Content) => {
        if (block._tag === "Wire") return wanted(interpret(block))
        const ticks = block.ticks.filter((tick) => tick.venue === venue.id)
        const own = interpret({ _tag: "Ticks", ticks })
        for (const tick of own) books.apply(tick)
        return wanted(own)
      }
    }
  }
  const ticks = Stream.suspend(() => {
    let shown: Monitor.Shown | undefined
    let isEnded = false
    const show = () => {
      const begun = begin()
      shown = begun.shown
      monitor.session(shown)
      return begun
    }
    monitor.state("running")
    return play(tape, show, { ...options, onDamage }).pipe(
      Stream.mapError(({ message }) => failed(message)),
      Stream.mapArray((batch) => {
        monitor.count(batch)
        return batch
      }),
      Stream.onError(monitor.failed),
      Stream.onEnd(
        Effect.suspend(() => {
          isEnded = true
          monitor.state("ended")
          return tell({ _tag: "Ended" })
        })
      ),
      Stream.ensuring(
        Effect.suspend(() => {
          // At the end of a tape its books stay what they were when it was recorded.
          if (!isEnded) monitor.over(shown)
          return monitor.stopped
        })
      )
    )
  })
  return {
    venue: venue.id,
    provenance: "recorded",
    get subscriptions() {
      return subscriptions()
    },
    subscribe: (topics) =>
      Effect.map(some(topics), (chosen) => {
        for (const one of chosen) left.delete(Subscription.format(one))
      }),
    unsubscribe: (topics) =>
      Effect.map(some(topics), (chosen) => {
        for (const one of chosen) left.set(Subscription.format(one), one)
      }),
    events: monitor.events,
    status: monitor.status,
    gaps: monitor.gaps,
    contiguous,
    book: monitor.book,
    ticks
  } satisfies Feed as Feed
})

type Content =
  | Pick<TapeFile.TicksBlock, "_tag" | "ticks">
  | Pick<TapeFile.WireBlock, "_tag" | "events">

interface Interpreter {
  /** What a part of a tape means. */
  readonly interpret: (part: Content) => ReadonlyArray<Tick>
  /** A part of the tape is lost here. */
  readonly lose: () => void
  /** What follows from there being no more. */
  readonly end: () => ReadonlyArray<Tick>
}

/** A new conversation for each of the venues of which the tape says what it is about. */
const sessions = (
  { header }: TapeFile.TapeReader,
  venues: ReadonlyArray<Venue.Venue>
): ReadonlyMap<string, Session.Session> => {
  const found = new Map<string, Session.Session>()
  for (const venue of venues) {
    const feeds = header.feeds.filter((feed) => feed.venue === venue.id)
    if (feeds.length === 0) continue
    const instruments = feeds.flatMap((feed) => feed.instruments)
    found.set(venue.id, Session.make(venue, instruments))
  }
  return found
}

const interpreter = (
  found: ReadonlyMap<string, Session.Session>,
  survivors: Survivors.Survivors
): Interpreter => ({
  lose: survivors.lose,
  end: () => Array.from(found.values()).flatMap((session) => session.end().ticks),
  interpret: (block) => {
    if (block._tag === "Ticks") return survivors.sift(block.ticks)
    const { events } = block
    const out: Array<Tick> = []
    for (let from = 0, to = 0; from < events.length; from = to) {
      const venue = events[from]?.venue ?? ""
      while (to < events.length && events[to]?.venue === venue) to++
      const outcome = found.get(venue)?.step(events.slice(from, to))
      for (const tick of outcome?.ticks ?? []) out.push(tick)
    }
    return out
  }
})

/** Plays a tape from the beginning to the end, again and again if it is to loop. */
const play = (
  tape: TapeFile.TapeReader,
  begin: () => Interpreter,
  options: Options | undefined
): Stream.Stream<Tick, TapeError> => {
  let played = false
  const start = Effect.gen(function* () {
    const blocks = yield* Stream.toPull(tape.blocks)
    const pace = yield* Pace.make(options?.speed, options?.longestPause)
    return { blocks, pace, ...begin() }
  })
  const once = start.pipe(
    Effect.map(({ blocks, end, interpret, lose, pace }) => {
      let waiting: ReadonlyArray<TapeFile.Block> = []
      let content: Content = { _tag: "Wire", events: [] }
      let from = 0

      /** The next part of the tape, once it is due; `undefined` at its end. */
      const next = Effect.gen(function* () {
        while (true) {
          const records = content._tag === "Ticks" ? content.ticks : content.events
          const to = pace.end(records, from)
          const last = records[to - 1]
          if (to > from && last !== undefined) {
            yield* pace.until(last)
            const part = slice(content, from, to)
            from = to
            return part
          }
          const [block, ...rest] = waiting.length === 0 ? yield* blocks : waiting
          waiting = rest
          const detail = block === undefined ? undefined : describe(block)
          if (detail !== undefined) {
            lose()
            yield* options?.onDamage?.(detail) ?? Effect.void
          }
          if (block?._tag === "Ended" || block?._tag === "Cut") return undefined
          if (block?._tag !== "Wire" && block?._tag !== "Ticks") continue
          content = block
          from = 0
        }
      })

      return Effect.gen(function* () {
        while (true) {
          // Not before it is due, so that the books shown are those of the ticks given.
          const part = yield* next
          const batch = part === undefined ? end() : interpret(part)
          if (!Arr.isReadonlyArrayNonEmpty(batch)) continue
          played = true
          return batch
        }
      })
    }),
    Stream.fromPull,
    Stream.scoped
  )
  if (options?.loop !== true) return once
  // A tape without ticks would be read for ever without giving any.
  return Stream.concat(
    once,
    Stream.suspend(() => (played ? Stream.forever(once) : Stream.empty))
  )
}

const slice = (content: Content, from: number, to: number): Content =>
  content._tag === "Ticks"
    ? { _tag: "Ticks", ticks: content.ticks.slice(from, to) }
    : { _tag: "Wire", events: content.events.slice(from, to) }

/** What is wrong with a part of a tape, if anything. */
const describe = (block: TapeFile.Block): string | undefined => {
  switch (block._tag) {
    case "Damaged":
      return `${block.length} bytes at offset ${block.offset} are damaged: ${block.detail}`
    case "Cut":
      return `the tape is cut off at offset ${block.offset}`
    case "Ended":
    case "Ticks":
    case "Wire":
      return undefined
  }
}
