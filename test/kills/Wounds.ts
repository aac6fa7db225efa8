/** What every fault did to the feed: what the feed said of it, and when all was whole again. */
import type { Fault } from "@tapewire/exchange/Faults"
import type { FeedEvent } from "tapewire/FeedEvent"

interface Wound {
  readonly fault: Fault
  /** In milliseconds, as all times here. */
  readonly at: number
  sign: { readonly name: string; readonly after: number } | undefined
  felt: number | undefined
  whole: number | undefined
}

export interface Wounds {
  readonly inflict: (at: number, fault: Fault) => void
  readonly note: (event: FeedEvent) => void
  /** Takes the symbols that are not whole at a time. */
  readonly look: (at: number, broken: ReadonlySet<string>) => void
  readonly all: ReadonlyArray<Wound>
}

/** Later, what happens is of something else. */
const patience = 15_000

/** What a fault is about; `undefined` for what is about whole connections. */
const nameOf = (fault: Fault): string | undefined => {
  if ("topic" in fault) return fault.topic.replace(/@.*/, "").toUpperCase()
  return "symbol" in fault ? fault.symbol : undefined
}

const plain = (symbol: string) => symbol.replace("-", "")

const isSign = (fault: Fault, event: FeedEvent): boolean => {
  const name = nameOf(fault)
  switch (event._tag) {
    case "Leaving":
      return fault.kind === "leave"
    case "Lost":
      return name === undefined && fault.kind !== "rest-error" && fault.kind !== "leave"
    case "Undecodable":
      return fault.kind === "corrupt"
    case "Mute":
    case "Restored":
      return name !== undefined && plain(event.topic).endsWith(`:${name}`)
    case "Filled":
    case "GapFound":
    case "Resyncing":
    case "Synced":
      return name === undefined ? fault.kind === "rest-error" : plain(event.symbol) === name
    default:
      return false
  }
}

export const make = (): Wounds => {
  const all: Array<Wound> = []
  return {
    all,
    inflict: (at, fault) =>
      void all.push({ fault, at, sign: undefined, felt: undefined, whole: undefined }),
    note: (event) => {
      const at = event.at / 1000
      for (const wound of all) {
        if (wound.sign !== undefined || at < wound.at || at > wound.at + patience) continue
        if (!isSign(wound.fault, event)) continue
        const cause = event._tag === "Resyncing" ? ` (${event.cause})` : ""
        wound.sign = { name: event._tag + cause, after: at - wound.at }
      }
    },
    look: (at, broken) => {
      for (const wound of all) {
        if (wound.whole !== undefined) continue
        const name = nameOf(wound.fault)
        const isBroken = name === undefined ? broken.size > 0 : broken.has(name)
        if (isBroken) {
          if (wound.felt !== undefined || at < wound.at + patience) wound.felt ??= at
        } else if (wound.felt !== undefined) wound.whole = at
      }
    }
  }
}

/** What kind of fault it is, as far as it matters how it is mended. */
const kindOf = (fault: Fault): string => {
  switch (fault.kind) {
    case "close":
      return `close ${fault.code}`
    case "limit":
    case "rest-error":
      return `${fault.kind} ${fault.status}`
    default:
      return "topic" in fault ? `${fault.kind} ${fault.topic.replace(/^.*?@/, "@")}` : fault.kind
  }
}

const millis = (value: number) => `${Math.round(value)} ms`

/** A row for each kind of fault. */
export const table = (all: ReadonlyArray<Wound>): ReadonlyArray<ReadonlyArray<string>> =>
  [...Map.groupBy(all, ({ fault }) => kindOf(fault))]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([kind, wounds]) => {
      const signs = wounds.flatMap(({ sign }) => (sign === undefined ? [] : [sign]))
      const wholes = wounds.flatMap(({ at, whole }) => (whole === undefined ? [] : [whole - at]))
      const open = wounds.filter(({ felt, whole }) => felt !== undefined && whole === undefined)
      return [
        kind,
        String(wounds.length),
        [...new Set(signs.map(({ name }) => name))].join(", ") || "none",
        signs.length === 0 ? "-" : millis(Math.max(...signs.map(({ after }) => after))),
        open.length > 0
          ? "NOT MENDED"
          : wholes.length === 0
            ? "never broken"
            : millis(Math.max(...wholes))
      ]
    })
