import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { deflate } from "tapewire/Compression"

describe("Compression", () => {
  it.effect.prop(
    "gives back any bytes",
    { bytes: Schema.Uint8Array },
    Effect.fnUntraced(function* ({ bytes }) {
      const compressed = yield* deflate.compress(bytes)
      assert.deepStrictEqual(yield* deflate.expand(compressed, bytes.length), bytes)
    })
  )

  it.effect("fails on bytes that are cut, damaged, followed by others, or of another size", () =>
    Effect.gen(function* () {
      const bytes = new TextEncoder().encode("what was compressed ".repeat(1000))
      const compressed = yield* deflate.compress(bytes)
      const broken = [
        compressed.slice(0, -1),
        new Uint8Array(100).fill(255),
        Uint8Array.of(...compressed, 0),
        new Uint8Array(0)
      ]
      for (const other of broken) yield* Effect.flip(deflate.expand(other, bytes.length))
      yield* Effect.flip(deflate.expand(compressed, bytes.length - 1))
      yield* Effect.flip(deflate.expand(compressed, bytes.length + 1))
      assert.deepStrictEqual(yield* deflate.expand(compressed, bytes.length), bytes)
    })
  )
})
