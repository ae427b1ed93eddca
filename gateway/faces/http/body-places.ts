/** The memory of all HTTP bodies that are being received or answered. */
import { BytePlace, BytePlaces, type TenantBytePlaces } from "../../quotas/byte-places.js";

export { BytePlace as BodyPlace };
export type TenantBodyPlaces = TenantBytePlaces;

export class BodyPlaces extends BytePlaces {
  constructor(bytesMax: number) {
    super(bytesMax, {
      all: "the bodies of HTTP requests",
      ofTenant: "this tenant's HTTP bodies",
      setting: "limits.http_body_bytes",
    });
  }
}
