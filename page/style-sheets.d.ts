/** The bundler takes style sheets that a program imports. */
declare module "*.css";
