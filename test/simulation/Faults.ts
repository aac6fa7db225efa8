/** What goes wrong, drawn for each seed. */
import type { Agenda } from "./Agenda.ts"
import * as Frames from "./Frames.ts"
import type { Line, Mishap } from "./Line.ts"
import type { Seeded } from "./Seeded.ts"
import type { Trouble } from "./Site.ts"
import type { Door, World } from "./World.ts"

interface Scene {
  readonly agenda: Agenda
  readonly random: Seeded
  readonly world: World
  /** Puts our own clock forward, or back, by so many milliseconds. */
  readonly jump: (millis: number) => void
}

type Fault = (scene: Scene) => void

/** The connections that something befalls: all, or one. */
const some = ({ random, world }: Scene): ReadonlyArray<Line> => {
  const lines = world.standing()
  return lines.length === 0 || random.chance(0.5) ? lines : [random.pick(lines)]
}

const cut =
  (code: number, error?: string): Fault =>
  (scene) => {
    for (const line of some(scene)) line.end(code, error)
  }

/** For a while after the connections were cut, the door is shut. */
const shut =
  (door: (random: Seeded) => Door): Fault =>
  ({ agenda, random, world }) => {
    const now = door(random)
    world.door = now
    for (const line of world.standing()) line.end(1006)
    agenda.after(random.between(2000, 60_000), () => {
      if (world.door === now) world.door = "open"
    })
  }

const mishap =
  (kind: Mishap): Fault =>
  (scene) => {
    const { agenda, random } = scene
    const lines = some(scene)
    for (const line of lines) line.mishap = kind
    agenda.after(random.between(1000, 40_000), () => {
      for (const line of lines) line.mishap = undefined
    })
  }

/** HTTP is in trouble for a while; a hole is needed for anybody to ask. */
const trouble =
  (kind: Trouble): Fault =>
  ({ agenda, random, world }) => {
    world.site.trouble = kind
    for (const line of world.standing()) line.end(1006)
    agenda.after(random.between(2000, 90_000), () => {
      if (world.site.trouble === kind) world.site.trouble = undefined
    })
  }

const busy =
  (status: number, least: number, most: number): Fault =>
  ({ random, world }) => {
    world.site.busy = { status, retryAfter: random.whole(least, most) }
    for (const line of world.standing()) line.end(1006)
  }

const faults = {
  reset: cut(1006, "read ECONNRESET"),
  fin: cut(1006),
  close1000: cut(1000),
  close1001: cut(1001),
  close1008: cut(1008),
  close1012: cut(1012),
  close1013: cut(1013),
  refused503: shut(() => ({ status: 503, retryAfter: undefined })),
  refused429: shut((random) => ({ status: 429, retryAfter: random.whole(1, 90) })),
  refused418: shut((random) => ({ status: 418, retryAfter: random.whole(60, 150) })),
  unanswered: shut(() => "mute"),
  stall: (scene) => {
    for (const line of some(scene)) scene.world.stall(line)
  },
  mute: ({ agenda, random, world }) => {
    world.muting = true
    agenda.after(60_000, () => {
      world.muting = false
    })
    for (const line of world.standing()) line.end(random.pick([1006, 1012]))
  },
  refuseOnce: ({ world }) => {
    world.refusing = 1
    for (const line of world.standing()) line.end(1006)
  },
  refuseOften: ({ agenda, world }) => {
    world.refusing = 100
    for (const line of world.standing()) line.end(1006)
    agenda.after(30_000, () => {
      world.refusing = 0
    })
  },
  flap: ({ agenda, random, world }) => {
    // Long enough to be taken for a connection, and too short for a good one.
    const life = random.between(5200, 7000)
    world.life = life
    for (const line of world.standing()) line.end(1006)
    agenda.after(300_000, () => {
      if (world.life === life) world.life = undefined
    })
  },
  shutdown: (scene) => {
    const { agenda, random, world } = scene
    for (const line of some(scene)) {
      line.leaving = true
      line.tell(Frames.shutdown(world.micros()))
      agenda.after(random.between(0, 60_000), () => line.end(1001))
    }
  },
  duplicate: mishap("duplicate"),
  reorder: mishap("reorder"),
  drop: mishap("drop"),
  corrupt: mishap("corrupt"),
  delay: mishap("delay"),
  crossed: ({ world }) => {
    world.crossed = true
  },
  oldSnapshot: ({ agenda, random, world }) => {
    world.site.age = random.whole(5, 300)
    for (const line of world.standing()) line.end(1006)
    agenda.after(random.between(1000, 60_000), () => {
      world.site.age = 0
    })
  },
  httpDown: trouble("down"),
  httpFailing: trouble("failing"),
  httpNever: trouble("never"),
  httpSlow: trouble("slow"),
  http429: busy(429, 1, 60),
  http418: busy(418, 60, 150),
  quiet: ({ agenda, random, world }) => {
    const { native } = random.pick(world.markets)
    world.quiet.add(native)
    agenda.after(random.between(1, 2.5) * 3_600_000, () => world.quiet.delete(native))
  },
  clock: ({ jump, random }) => jump(random.pick([-1, 1]) * random.between(10, 2000)),
  clockHour: ({ jump, random }) => jump(random.pick([-1, 1]) * random.between(60_000, 3_600_000))
} satisfies Record<string, Fault>

export type Kind = keyof typeof faults

const isKind = (name: string): name is Kind => Object.hasOwn(faults, name)

/** Everything that can go wrong. */
export const all: ReadonlyArray<Kind> = Object.keys(faults).filter(isKind)

/** How long before the world is looked at, nothing more goes wrong. */
const calm = 8 * 60_000

/** The same for what takes longer to be over: a flapping line, and a subscription found mute. */
const calmOf = new Map<Kind, number>([
  ["flap", 15 * 60_000],
  ["mute", 30 * 60_000]
])

/**
 * Each seed has some kinds, and faults that are rare or frequent, so that it goes deep somewhere.
 */
export const schedule = (
  scene: Scene,
  kinds: ReadonlyArray<Kind>,
  /** Milliseconds until the world is looked at next. */
  untilLook: () => number,
  happened: (kind: Kind) => void
): void => {
  const { agenda, random } = scene
  const drawn = kinds.filter(() => random.chance(0.6))
  const chosen = drawn.length === 0 ? kinds : drawn
  const mean = random.pick([60_000, 180_000, 180_000, 600_000, 7_200_000])
  const next = (): void =>
    agenda.after(random.until(mean), () => {
      const kind = random.pick(chosen)
      if (untilLook() > (calmOf.get(kind) ?? calm)) {
        happened(kind)
        faults[kind](scene)
      }
      next()
    })
  next()
}
