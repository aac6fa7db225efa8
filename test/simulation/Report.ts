/** What became of seeds, in words. */
import type * as Simulation from "./Simulation.ts"

const sum = (numbers: Iterable<number>) => [...numbers].reduce((sum, number) => sum + number, 0)

const kinds = (faults: ReadonlyMap<string, number>) =>
  [...faults]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, count]) => `${kind} ${count}`)
    .join(", ")

const counted = (reports: ReadonlyArray<Simulation.Report>) => {
  const of = (field: keyof Simulation.Report["tally"]) =>
    sum(reports.map(({ tally }) => tally[field]))
  const connections = sum(reports.map(({ connections }) => connections))
  return (
    `${connections} connections, ${of("trades")} trades, ${of("filled")} back-filled, ` +
    `${of("holes")} gaps of ${of("missing")} that the venue did not serve, ` +
    `${of("updates")} book updates, ${of("snapshots")} snapshots`
  )
}

/** One seed in a line. */
export const line = (report: Simulation.Report) => {
  const { failures, faults, hash, seed } = report
  const verdict = failures.length === 0 ? "" : ", FAILED"
  return (
    `seed ${seed}: ${sum(faults.values())} faults, ${counted([report])}, hash ${hash}${verdict}` +
    (faults.size === 0 ? "" : `\n  ${kinds(faults)}`)
  )
}

/** What went wrong, and how to see it again. */
export const failure = ({ failures, seed }: Simulation.Report, hours: number) =>
  failures.map((failure) => `  ${failure}\n`).join("") +
  `  again: pnpm simulate --from ${seed} --seeds 1 --hours ${hours}`

export const total = (
  reports: ReadonlyArray<Simulation.Report>,
  hours: number,
  seconds: number
) => {
  const faults = new Map<string, number>()
  for (const report of reports) {
    for (const [kind, count] of report.faults) faults.set(kind, (faults.get(kind) ?? 0) + count)
  }
  const failed = reports.filter(({ failures }) => failures.length > 0)
  return (
    `\n${reports.length} seeds of ${hours} h in ${seconds.toFixed(0)} s: ` +
    `${sum(faults.values())} faults, ${counted(reports)}\n  ${kinds(faults)}\n` +
    (failed.length === 0
      ? "0 lost, 0 duplicated, 0 out of order; every book true; the first seed again gave the same"
      : `${failed.length} seeds failed: ${failed.map(({ seed }) => seed).join(" ")}`)
  )
}
