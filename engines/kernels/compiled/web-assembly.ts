/** The types of the part of WebAssembly that is used here; Node's own types do not declare it. */

export interface WebAssemblyMemory {
  readonly buffer: ArrayBuffer;
}

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Memory: new (size: { readonly initial: number }) => WebAssemblyMemory;
  /** The caller declares the exports of the module that it loads. */
  readonly Instance: new <Exports>(
    module: object,
    imports: { readonly env: { readonly memory: WebAssemblyMemory } },
  ) => { readonly exports: Exports };
}

export const { Module, Memory, Instance }: WebAssemblyApi = Reflect.get(globalThis, "WebAssembly");
