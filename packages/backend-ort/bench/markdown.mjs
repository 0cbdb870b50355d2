// The table for people.
const ms = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3))
const range = ({ median, low, high }, digits) =>
  `${median.toFixed(digits)} (${low.toFixed(digits)}-${high.toFixed(digits)})`
const met = ({ bars }) =>
  bars
    .map(
      ({ what, value, limit, reach, met }) =>
        `${what} ${value.toFixed(2)} <= ${limit}: ${met ? "met" : "NOT MET"}${reach && value <= reach ? `, and ${reach}` : ""}`,
    )
    .join("; ")

function grid(head, lines) {
  const cells = [head, head.map(() => "---"), ...lines]
  return cells.map((line) => `| ${line.join(" | ")} |`).join("\n")
}

function pairedLine(row) {
  const time = (side) => (side ? `${ms(side.ms.median)} (${ms(side.ms.low)}-${ms(side.ms.high)})` : "-")
  const best = row[row.best]
  const compiled = row.compiled?.failed ? `did not work: ${row.compiled.failed}` : undefined
  const above = row.rssAboveImports ? `; above imports ${row.rssAboveImports.toFixed(2)}` : ""
  return [
    row.title,
    time(row.ours),
    best ? `${time(best)} ${row.best}` : "not measured",
    row.ratio ? range(row.ratio, 2) : "-",
    compiled ?? (row.compiledRatio ? `${time(row.compiled)}; ${range(row.compiledRatio, 2)}` : "-"),
    best ? `${row.ours.peakMb} / ${best.peakMb} = ${row.rss.toFixed(2)}${above}` : `${row.ours.peakMb}`,
    `${ms(row.ours.firstMs)}${best ? ` / ${ms(best.firstMs)}` : ""}`,
    `${met(row) || "-"}${row.ours.compiles ? `; compiled ${row.ours.compiles} times in measured rounds` : ""}`,
  ]
}

/** @param measured rows by id, as table.mjs has them */
export function markdown(measured) {
  const all = Object.entries(measured)
  const of = (has) => all.filter(([, row]) => has(row))
  const parts = []
  const compared = of(({ ours }) => ours?.ms)
  if (compared.length)
    parts.push(
      grid(
        [
          "work",
          "ours, ms",
          "PyTorch eager, ms",
          "ours / eager",
          "torch.compile (channels-last), ms; ours / compiled",
          "peak RSS, MB",
          "first unit, ms",
          "bar",
        ],
        compared.map(([, row]) => pairedLine(row)),
      ),
    )
  for (const [, row] of of(({ ours }) => ours?.s))
    parts.push(
      grid(
        ["work", "ours, s", "PyTorch eager, s", "bar"],
        [[row.title, range(row.ours.s, 2), row.torch ? range(row.torch.s, 2) : "-", met(row)]],
      ),
    )
  for (const [, row] of of(({ points }) => points))
    parts.push(
      `${row.title}: ${met(row)}\n\n${grid(
        ["width", "batch", "ms", "ms an image", "GFLOP/s", "peak RSS, MB"],
        row.points.map((point) => [
          point.width,
          point.batch,
          `${ms(point.ms.median)} (${ms(point.ms.low)}-${ms(point.ms.high)})`,
          point.msPerImage.toFixed(2),
          point.gflops.toFixed(1),
          point.peakMb,
        ]),
      )}`,
    )
  for (const [, row] of of(({ facts }) => facts))
    parts.push(
      `${row.title}: ${met(row)}. First call ${row.facts.firstMs} ms; RSS before, halfway, at the end ${row.facts.rssMb.join(", ")} MB`,
    )
  for (const [, row] of of(({ skipped }) => skipped)) parts.push(`${row.title}: skipped, ${row.skipped}`)
  parts.push(
    "Medians; in brackets the middle half. Ratios are medians over the pairs of a round, not ratios of medians. Seed 1, in PyTorch 0.",
  )
  const names = new Set(
    all.flatMap(([, row]) => Object.values(row).flatMap((side) => (side?.name ? [side.name] : []))),
  )
  const machines = new Set(all.map(([, row]) => `${row.machine}, Node ${row.node}, ${row.threads} threads`))
  parts.push([...machines, ...names].map((line) => `- ${line}`).join("\n"))
  parts.push(
    all
      .map(([id, { rounds, load, date }]) => `- ${id}: ${rounds} rounds, load ${load.join(" to ")}, ${date}`)
      .join("\n"),
  )
  return parts.join("\n\n")
}
