// What a client in TypeScript does: every path, header, body and answer here is checked against the descriptions.
import createClient from "openapi-fetch";
import type { components, paths as Admin } from "./admin.js";
import type { paths as Service } from "./service.js";

declare const process: { argv: string[] };
type Product = components["schemas"]["Product"];

const admin = createClient<Admin>({ baseUrl: process.argv[2]! });
const service = createClient<Service>({ baseUrl: process.argv[3]! });

function expect(seen: unknown, wanted: unknown, what: string): void {
  if (seen !== wanted) throw new Error(`${what}: ${JSON.stringify(seen)}, not ${JSON.stringify(wanted)}`);
  console.log(`${what}: ${JSON.stringify(seen)}`);
}

async function created(title: string, key: string): Promise<{ product: Product; tag: string; again: boolean }> {
  const header = { "Idempotency-Key": key };
  const { data, response } = await admin.POST("/api/products", { params: { header }, body: { title, price: "19.90" } });
  expect(response.status, 201, "create");
  if (!data || Array.isArray(data)) throw new Error("one product is answered for one");
  const again = response.headers.get("Idempotency-Replayed") === "true";
  return { product: data, tag: response.headers.get("ETag")!, again };
}

async function changed(id: string, price: string, tag: string) {
  const params = { path: { id }, header: { "If-Match": tag } };
  return admin.PATCH("/api/products/{id}", { params, body: { price } });
}

const key = crypto.randomUUID();
const { product, tag } = await created("Lamp", key);
const retried = await created("Lamp", key);
expect(retried.product.id, product.id, "the same product, when it is created again with its key");
expect(retried.again, true, "and that is said");

const id = String(product.id);
const replaced = await admin.PUT("/api/products/{id}", {
  params: { path: { id }, header: { "If-Match": tag } },
  body: { title: "Lantern" },
});
expect(replaced.data?.version, 2, "version after PUT");
expect(replaced.data?.price, null, "price, which PUT left out");
const newTag = replaced.response.headers.get("ETag")!;
expect((await changed(id, "17.50", newTag)).data?.price, "17.50", "price after PATCH");
const lost = await changed(id, "1.00", newTag);
expect(lost.response.status, 412, "the race is lost");
expect(lost.error?.code, "precondition_failed", "and says why");

const params = { path: { id }, query: { min_version: 3 } };
const copy = await service.GET("/api/products/{id}", { params });
expect(copy.data?.title, "Lantern", "title on service");
expect(copy.data?.price, "17.50", "price on service");
const listed = await service.GET("/api/products", { params: { query: { search: "lantern", ordering: "-id" } } });
expect(listed.data?.results[0]?.id, product.id, "first of the list on service");
const previous: string | null | undefined = listed.data?.previous;
expect(previous, null, "page before the first");

const refused = await admin.POST("/api/products", { body: [{ title: "Lamp" }, { title: "Lamp", price: "-1" }] });
expect(refused.error?.errors?.[0]?.pointer, "#/1/price", "place of what is wrong");

const gone = await admin.DELETE("/api/products/{id}", { params: { path: { id } } });
expect(gone.response.status, 204, "delete");
const tombstone = await service.GET("/api/products/{id}", { params: { path: { id }, query: { min_version: 4 } } });
expect(tombstone.response.status, 410, "deleted on service");
console.log("all as described");
