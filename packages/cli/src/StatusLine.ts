/**
 * One line at the bottom of a terminal that is written anew, and erased when anything else is
 * printed.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stdio from "effect/Stdio"
import { stderr } from "node:process"

/**
 * @since 0.1.0
 */
export interface Interface {
  /** Whether there is a terminal to show it on. Elsewhere `show` does nothing. */
  readonly isVisible: boolean
  readonly show: (text: string) => void
  readonly erase: () => void
}

/**
 * On standard error.
 *
 * @since 0.1.0
 */
export class StatusLine extends Context.Service<StatusLine, Interface>()(
  "@tapewire/cli/StatusLine"
) {
  /**
   * @since 0.1.0
   */
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const { stderrIsTerminal } = yield* Stdio.Stdio
      const isVisible = yield* stderrIsTerminal
      let isShown = false
      return {
        isVisible,
        show: (text) => {
          if (!isVisible) return
          isShown = true
          stderr.write(`\r\u001B[K${text.slice(0, stderr.columns - 1)}`)
        },
        erase: () => {
          if (!isShown) return
          isShown = false
          stderr.write("\r\u001B[K")
        }
      }
    })
  )
}
