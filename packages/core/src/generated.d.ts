declare module "*/tfjs-registrations.js"
