export * from "./losses.js"
export * from "./objective.js"
