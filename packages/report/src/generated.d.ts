declare module "*/generated/page.js" {
  /** The page's bundled JavaScript. */
  export const script: string
  /** The page's style sheet. */
  export const style: string
}
