import type { Language } from "./types";

type JvmLanguage = "java" | "kotlin" | "scala";

/** Where an app's packages come from; languages of the JVM share theirs. */
export type Ecosystem = Exclude<Language, JvmLanguage> | "jvm";

export function ecosystemOf(language: Language): Ecosystem {
  return language === "java" || language === "kotlin" || language === "scala" ? "jvm" : language;
}
