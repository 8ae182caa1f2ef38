import type { Language } from "./types";

const jvmLanguages = ["java", "kotlin", "scala", "clojure"] as const;
type JvmLanguage = (typeof jvmLanguages)[number];

/** Where an app's packages come from; languages of the JVM share theirs. */
export type Ecosystem = Exclude<Language, JvmLanguage> | "jvm";

export function ecosystemOf(language: Language): Ecosystem {
  return isJvmLanguage(language) ? "jvm" : language;
}

function isJvmLanguage(language: Language): language is JvmLanguage {
  return (jvmLanguages as readonly Language[]).includes(language);
}
