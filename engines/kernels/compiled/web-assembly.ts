/** The part of WebAssembly that is used here; Node has it, and its types leave it out. */

export interface WebAssemblyMemory {
  readonly buffer: ArrayBuffer;
}

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Memory: new (size: { readonly initial: number }) => WebAssemblyMemory;
  /** What a module exports is for its loader to say. */
  readonly Instance: new <Exports>(
    module: object,
    imports: { readonly env: { readonly memory: WebAssemblyMemory } },
  ) => { readonly exports: Exports };
}

export const { Module, Memory, Instance }: WebAssemblyApi = Reflect.get(globalThis, "WebAssembly");
