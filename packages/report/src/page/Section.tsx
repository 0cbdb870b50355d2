import type { ComponentChildren } from "preact"

/** One view of the report: heading, a sentence that says how to read it, content. */
export function Section(props: { id: string; title: string; lead?: string; children: ComponentChildren }) {
  return (
    <section id={props.id} aria-labelledby={`${props.id}-title`}>
      <h2 id={`${props.id}-title`}>{props.title}</h2>
      {props.lead && <p class="lead">{props.lead}</p>}
      {props.children}
    </section>
  )
}

/** In place of a view whose file does not exist yet. */
export function Missing({ what, command }: { what: string; command: string }) {
  return (
    <p class="missing">
      {what} This command makes it: <code>{command}</code>
    </p>
  )
}
