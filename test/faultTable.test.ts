/** The tables of `docs/faults.md` name tests, which must be there. */
import { NodeServices } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { Effect, FileSystem } from "effect"

const root = `${import.meta.dirname}/..`

const row = /^\|[^|]*\| `([^`]+\.test\.ts)` *\| (.*?) *\|$/

/** Every row of a table that names a file, with the title it names. */
const rows = (page: string): ReadonlyArray<readonly [file: string, title: string]> =>
  page.split("\n").flatMap((line) => {
    const [, file, title] = row.exec(line) ?? []
    return file === undefined || title === undefined ? [] : [[file, title] as const]
  })

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

/** Whether a text of a file is the title, where what it leaves open stands elsewhere in the file. */
const isIn = (file: string, title: string): boolean => {
  const code = file.replaceAll(/(?<=\d)_(?=\d)/g, "")
  return Array.from(code.matchAll(/(["`])((?:(?!\1)[^\n])+)\1/g)).some(([, , text = ""]) => {
    const parts = text.split(/\$\{[^}]*\}|%[dsj]/)
    // Else a text that is all open would be any title.
    if (parts.join("").trim().length < 10) return false
    const found = new RegExp(`^${parts.map(escaped).join("(.+)")}$`).exec(title)
    return found?.slice(1).every((part) => code.includes(part)) === true
  })
}

layer(NodeServices.layer)("the table of faults", (it) => {
  it.effect("names only tests that there are", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const found = rows(yield* fs.readFileString(`${root}/docs/faults.md`))
      assert.isAbove(found.length, 50)
      const missing = yield* Effect.filter(found, ([file, title]) =>
        Effect.map(fs.readFileString(`${root}/${file}`), (code) => !isIn(code, title))
      )
      assert.deepStrictEqual(missing, [])
    })
  )

  it.effect("says of each test but once what it shows, and names one in every row", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const page = yield* fs.readFileString(`${root}/docs/faults.md`)
      const found = rows(page)
      assert.strictEqual(new Set(found.map(String)).size, found.length)
      const lines = page.split("\n").filter((line) => /^\|(?! fault | ---)/.test(line))
      assert.strictEqual(found.length, lines.length)
    })
  )
})
