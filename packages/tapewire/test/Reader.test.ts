import { assert, describe, it } from "@effect/vitest"
import * as Reader from "tapewire/Reader"

describe("a reader", () => {
  it.for([1 / 0, -1 / 0, 0 / 0])("takes %d for no value that was calculated", (value) => {
    const reader = Reader.make("testing", [])
    reader.finite(value)
    assert.strictEqual(reader.takeInvalid(), `${value} is not a value`)
    assert.isUndefined(reader.takeInvalid())
  })

  it("gives back a value that was calculated, and counts it for no rounded one", () => {
    const reader = Reader.make("testing", [])
    assert.strictEqual(reader.finite(5800 / 58_570.1), 5800 / 58_570.1)
    assert.isUndefined(reader.takeInvalid())
    assert.strictEqual(reader.takeInexact(), 0)
  })
})
