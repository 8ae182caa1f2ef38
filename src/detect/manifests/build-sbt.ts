import { Source } from "../place";
import { blankComments } from "./gradle";
import { type Dependency, type ManifestKind, named } from "./manifest";
import { mavenName } from "./pom-xml";

/** Scala's build: `"org.postgresql" % "postgresql" % "42.7.4"`, with `% Test` for tests; Scala's own artifacts by `%%`. */
export const buildSbt: ManifestKind = {
  title: "build.sbt",
  find: named("build.sbt"),
  read(view, file) {
    const dependencies: Dependency[] = [];
    const name = /^\s*(?:ThisBuild\s*\/\s*)?name\s*:=\s*"([^"]+)"/m.exec(view.readText(file))?.[1];
    const others =
      view.kindOf("project") === "folder" ? view.list("project").filter((one) => one.endsWith(".scala")) : [];
    for (const each of [file, ...others.map((one) => `project/${one}`)]) {
      const source = new Source(each, view.readText(each));
      const text = blankComments(source.text);
      for (const match of text.matchAll(
        /"([\w.-]+)"\s*%%?%?\s*"([\w.-]+)"\s*%\s*("[^"\n]*"|[\w.]+)((?:\s*%\s*[\w."]+)*)/g,
      )) {
        const scope = /\b(Test|IntegrationTest|it)\b|"test/i.test(match[4]!) ? "development" : "runtime";
        const { line } = source.position(match.index);
        dependencies.push({ name: mavenName(match[1]!, match[2]!), extras: [], scope, place: { source, line } });
      }
    }
    return { language: "scala", ...(name === undefined ? {} : { name }), dependencies };
  },
};
