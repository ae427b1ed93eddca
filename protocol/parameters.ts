/** The types of the parameters of requests. */

/** The value of a parameter. */
export type ParameterValue = string | number | boolean | null;
/** Parameters by name. */
export type Parameters = Readonly<Record<string, ParameterValue>>;

/** The value of a trainer's parameter: lists and maps may be nested. */
export type NestedValue = ParameterValue | readonly NestedValue[] | { readonly [name: string]: NestedValue };
/** A trainer's parameters by name. */
export type NestedParameters = Readonly<Record<string, NestedValue>>;
