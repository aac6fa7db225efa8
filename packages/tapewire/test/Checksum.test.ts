import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Checksum from "tapewire/Checksum"
import { crc32 } from "node:zlib"

describe("crc32", () => {
  it("is the check value that its definition comes with", () => {
    assert.strictEqual(Checksum.crc32("123456789"), 0xcbf43926)
    assert.strictEqual(Checksum.crc32(""), 0)
  })

  it.prop(
    "is what zip makes of the same text",
    { text: Schema.String.check(Schema.isPattern(/^[ -~]{0,60}$/)) },
    ({ text }) => {
      assert.strictEqual(Checksum.crc32(text), crc32(text))
    }
  )
})
