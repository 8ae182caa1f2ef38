import type { Context } from "hono";
import * as z from "zod/mini";
import { planNames } from "../plans";
import { RequestError } from "./failure";

const most = { variables: 500, text: 262_144, name: 1_000, value: 262_144 };

/** What the page sends; see `api.ts`. */
export const requests = {
  assignments: z.strictObject({
    variables: z
      .array(
        z.strictObject({
          name: z.string().check(z.maxLength(most.name)),
          value: z.string().check(z.maxLength(most.value)),
        }),
      )
      .check(z.minLength(1), z.maxLength(most.variables)),
    skipCheck: z.optional(z.boolean()),
  }),
  text: z.strictObject({ text: z.string().check(z.maxLength(most.text)) }),
  plan: z.strictObject({ plan: z.enum(planNames) }),
  confirmation: z.strictObject({ confirm: z.string().check(z.maxLength(1_000)) }),
};

/** @throws RequestError 400 `dashboard/bad-request`, which names places and never values */
export async function readRequest<Schema extends z.ZodMiniType>(
  context: Context,
  schema: Schema,
): Promise<z.infer<Schema>> {
  let given: unknown;
  try {
    given = JSON.parse(await context.req.text());
  } catch (error) {
    // What is too large is refused while it is read.
    if (error instanceof RequestError) throw error;
    throw new RequestError(400, "dashboard/bad-request", "The request's body is no JSON.");
  }
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new RequestError(400, "dashboard/bad-request", "The request is not of the form that is wanted here.", {
    details: parsed.error.issues.slice(0, 20).map(({ path, code }) => `${path.join(".") || "body"}: ${code}`),
  });
}
