import { type Context, Hono } from "hono";
import { checkVariable, normalizeVariable, serviceOfUrl, type VariableFault } from "../../connection/check-variable";
import { probeVariable } from "../../connection/probe-variable";
import { redactValue } from "../../connection/redact";
import { assertFitsEnvironment, assertVariableNames } from "../../connection/variable-rules";
import { LeashError } from "../../errors";
import { type AppEnvironment, appEnvironment } from "../../platform/app-environment";
import type { App } from "../../platform/app-store";
import { setVariables, unsetVariable, variableNotSet } from "../../platform/app-variables";
import type { Home } from "../../platform/home";
import { readServerRecord } from "../../platform/server-record";
import type { Checks, ConnectionTest, NamedCheck, ParsedText, Variables } from "../api";
import { appOf, type Desk } from "../desk";
import { parseEnvText } from "../env-text";
import { RequestError, toFault } from "../failure";
import { readRequest, requests } from "../requests";

const probeTimeoutMs = 10_000;

export function variableRoutes(desk: Desk): Hono {
  const { home } = desk;
  return new Hono()
    .get("/apps/:app/variables", (context) => context.json(readVariables(home, appOf(desk, context))))
    .post("/apps/:app/variables/check", async (context) => {
      const { variables } = await readRequest(context, requests.assignments);
      appOf(desk, context);
      const checks: Checks = { checks: variables.map(namedCheck) };
      return context.json(checks);
    })
    .post("/apps/:app/variables/parse", async (context) => {
      const { text } = await readRequest(context, requests.text);
      const { environment } = appOf(desk, context);
      const { values, notes } = parseEnvText(text);
      const parsed: ParsedText = {
        notes,
        variables: [...values].map(([name, pasted]) => {
          const value = normalizeVariable(name, pasted);
          const before = Object.hasOwn(environment, name) ? environment[name] : undefined;
          const change = before === undefined ? "new" : before === value ? "same" : "changed";
          return { name, value, check: namedCheck({ name, value: pasted }), change };
        }),
      };
      return context.json(parsed);
    })
    .put("/apps/:app/variables", async (context) => {
      const { variables, skipCheck } = await readRequest(context, requests.assignments);
      const app = appOf(desk, context);
      const checks = variables.map(namedCheck);
      assertStorable(checks, skipCheck ?? false);
      const values = new Map(variables.map(({ name, value }) => [name, normalizeVariable(name, value)]));
      const changed = await setVariables(home, app, values);
      return context.json(readVariables(home, changed.app, changed.says));
    })
    .delete("/apps/:app/variables/:name", async (context) => {
      const changed = await unsetVariable(home, appOf(desk, context), context.req.param("name"));
      return context.json(readVariables(home, changed.app, changed.says));
    })
    .post("/apps/:app/variables/:name/reveal", (context) => context.json({ value: variableValue(desk, context) }))
    .post("/apps/:app/variables/:name/test", async (context) => {
      const { says, tls } = await probeVariable(variableValue(desk, context), { timeoutMs: probeTimeoutMs });
      const test: ConnectionTest = { says, tls };
      return context.json(test);
    });
}

/** What keeps it out of any environment comes first, then what the checker says of its value. */
function namedCheck({ name, value }: { name: string; value: string }): NamedCheck {
  const rules = [() => assertVariableNames([name]), () => assertFitsEnvironment(name, value)];
  const { faults, ...check } = checkVariable(name, value);
  return { name, ...check, faults: [...rules.flatMap(faultOf), ...faults] };
}

function faultOf(assertion: () => void): VariableFault[] {
  try {
    assertion();
    return [];
  } catch (error) {
    if (error instanceof LeashError) return [toFault(error)];
    throw error;
  }
}

/** @throws RequestError 422 `env/faults` */
function assertStorable(checks: NamedCheck[], skipCheck: boolean): void {
  const faulty = checks.filter(({ faults }) => faults.some(({ code }) => !skipCheck || code.startsWith("env/")));
  if (faulty.length === 0) return;
  throw new RequestError(
    422,
    "env/faults",
    faulty.length === 1 ? `${faulty[0]!.name} can't be used as it is.` : `${faulty.length} variables can't be used.`,
    { details: faulty.flatMap(({ name, faults }) => faults.map(({ message }) => `${name}: ${message}`)) },
    checks,
  );
}

function environmentOf(home: Home, app: App): AppEnvironment {
  return appEnvironment(app, readServerRecord(home));
}

function variableValue(desk: Desk, context: Context): string {
  const { variables } = environmentOf(desk.home, appOf(desk, context));
  const name = context.req.param("name") ?? "";
  if (Object.hasOwn(variables, name)) return variables[name]!;
  throw variableNotSet(name.slice(0, 100));
}

function readVariables(home: Home, app: App, says: string[] = []): Variables {
  const { variables, injected } = environmentOf(home, app);
  const names = Object.keys(variables).sort((a, b) => a.localeCompare(b, "en"));
  return {
    variables: names.map((name) => {
      const value = variables[name]!;
      const isInjected = injected.has(name);
      return {
        ...{ name, shown: redactValue(name, value), origin: isInjected ? "injected" : "set" },
        check: isInjected ? ownCheck(value) : checkVariable(name, value),
      };
    }),
    says,
  };
}

/** What leash made needs nobody's advice. */
const ownCheck = (value: string) => ({ service: serviceOfUrl(value) ?? null, title: null, faults: [], advice: [] });
