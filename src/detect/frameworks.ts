import type { Language } from "./types";

export interface Framework {
  /** The name that is shown: "flask (python)". */
  id: string;
  language: Language;
  /** Package names, normalised as in the driver table. */
  packages: readonly string[];
  /** It answers requests on a server, and is not only a build of static files: that decides the app's language. */
  server: boolean;
  /** Its own guide puts it into devDependencies, because the build leaves nothing of it. */
  development?: true;
}

/** Order is priority within a language: what is built on another framework stands before it. */
export const frameworks: readonly Framework[] = [
  // Node: applications made of frameworks
  { id: "strapi", language: "node", packages: ["@strapi/strapi", "strapi"], server: true },
  { id: "directus", language: "node", packages: ["directus"], server: true },
  { id: "payload", language: "node", packages: ["payload"], server: true },
  { id: "keystone", language: "node", packages: ["@keystone-6/core", "@keystonejs/keystone"], server: true },
  { id: "medusa", language: "node", packages: ["@medusajs/medusa"], server: true },
  {
    id: "redwood",
    language: "node",
    packages: ["@redwoodjs/core", "@redwoodjs/api", "rwsdk"],
    server: true,
    development: true,
  },
  { id: "blitz", language: "node", packages: ["blitz"], server: true },
  { id: "meteor", language: "node", packages: ["meteor-node-stubs"], server: true },
  // Node: pages rendered on a server
  { id: "next", language: "node", packages: ["next"], server: true },
  { id: "nuxt", language: "node", packages: ["nuxt", "nuxt3", "nuxt-edge"], server: true, development: true },
  {
    id: "remix",
    language: "node",
    packages: ["@remix-run/node", "@remix-run/react", "@remix-run/serve"],
    server: true,
  },
  {
    id: "react-router",
    language: "node",
    packages: ["@react-router/node", "@react-router/serve", "@react-router/dev"],
    server: true,
    development: true,
  },
  { id: "sveltekit", language: "node", packages: ["@sveltejs/kit"], server: true, development: true },
  { id: "solidstart", language: "node", packages: ["@solidjs/start", "solid-start"], server: true },
  {
    id: "qwik",
    language: "node",
    packages: ["@builder.io/qwik-city", "@qwik.dev/router"],
    server: true,
    development: true,
  },
  { id: "tanstack-start", language: "node", packages: ["@tanstack/react-start", "@tanstack/start"], server: true },
  { id: "astro", language: "node", packages: ["astro"], server: true, development: true },
  // Node: servers
  { id: "nestjs", language: "node", packages: ["@nestjs/core"], server: true },
  { id: "adonis", language: "node", packages: ["@adonisjs/core"], server: true },
  { id: "feathers", language: "node", packages: ["@feathersjs/feathers"], server: true },
  { id: "loopback", language: "node", packages: ["@loopback/rest", "loopback"], server: true },
  { id: "sails", language: "node", packages: ["sails"], server: true },
  { id: "moleculer", language: "node", packages: ["moleculer-web", "moleculer"], server: true },
  { id: "foal", language: "node", packages: ["@foal/core"], server: true },
  { id: "apollo", language: "node", packages: ["apollo-server"], server: true },
  { id: "nitro", language: "node", packages: ["nitropack", "nitro"], server: true, development: true },
  { id: "elysia", language: "node", packages: ["elysia"], server: true },
  { id: "hono", language: "node", packages: ["hono"], server: true },
  { id: "fastify", language: "node", packages: ["fastify"], server: true },
  { id: "hapi", language: "node", packages: ["@hapi/hapi", "hapi"], server: true },
  { id: "koa", language: "node", packages: ["koa"], server: true },
  { id: "restify", language: "node", packages: ["restify"], server: true },
  { id: "polka", language: "node", packages: ["polka"], server: true },
  { id: "h3", language: "node", packages: ["h3"], server: true },
  { id: "express", language: "node", packages: ["express"], server: true },
  // Node: builds of static files
  { id: "gatsby", language: "node", packages: ["gatsby"], server: false, development: true },
  { id: "docusaurus", language: "node", packages: ["@docusaurus/core"], server: false, development: true },
  { id: "vitepress", language: "node", packages: ["vitepress"], server: false, development: true },
  { id: "eleventy", language: "node", packages: ["@11ty/eleventy"], server: false, development: true },
  { id: "angular", language: "node", packages: ["@angular/core"], server: false },
  { id: "create-react-app", language: "node", packages: ["react-scripts"], server: false, development: true },
  { id: "vue-cli", language: "node", packages: ["@vue/cli-service"], server: false, development: true },
  { id: "vite", language: "node", packages: ["vite"], server: false, development: true },

  // Python
  { id: "wagtail", language: "python", packages: ["wagtail"], server: true },
  { id: "django", language: "python", packages: ["django", "djangorestframework", "django-ninja"], server: true },
  { id: "masonite", language: "python", packages: ["masonite"], server: true },
  { id: "streamlit", language: "python", packages: ["streamlit"], server: true },
  { id: "gradio", language: "python", packages: ["gradio"], server: true },
  { id: "dash", language: "python", packages: ["dash"], server: true },
  { id: "chainlit", language: "python", packages: ["chainlit"], server: true },
  { id: "nicegui", language: "python", packages: ["nicegui"], server: true },
  { id: "reflex", language: "python", packages: ["reflex"], server: true },
  { id: "panel", language: "python", packages: ["panel"], server: true },
  { id: "fastapi", language: "python", packages: ["fastapi", "fastapi-slim"], server: true },
  { id: "litestar", language: "python", packages: ["litestar", "starlite"], server: true },
  { id: "flask", language: "python", packages: ["flask", "flask-appbuilder", "flask-restx", "apiflask"], server: true },
  { id: "quart", language: "python", packages: ["quart"], server: true },
  { id: "sanic", language: "python", packages: ["sanic"], server: true },
  { id: "blacksheep", language: "python", packages: ["blacksheep"], server: true },
  { id: "robyn", language: "python", packages: ["robyn"], server: true },
  { id: "starlette", language: "python", packages: ["starlette"], server: true },
  { id: "falcon", language: "python", packages: ["falcon"], server: true },
  { id: "pyramid", language: "python", packages: ["pyramid"], server: true },
  { id: "turbogears", language: "python", packages: ["turbogears2"], server: true },
  { id: "cherrypy", language: "python", packages: ["cherrypy"], server: true },
  { id: "bottle", language: "python", packages: ["bottle"], server: true },
  { id: "tornado", language: "python", packages: ["tornado"], server: true },
  { id: "aiohttp", language: "python", packages: ["aiohttp"], server: true },

  // Go
  { id: "beego", language: "go", packages: ["github.com/beego/beego", "github.com/astaxie/beego"], server: true },
  { id: "buffalo", language: "go", packages: ["github.com/gobuffalo/buffalo"], server: true },
  { id: "revel", language: "go", packages: ["github.com/revel/revel"], server: true },
  { id: "pocketbase", language: "go", packages: ["github.com/pocketbase/pocketbase"], server: true },
  { id: "goravel", language: "go", packages: ["github.com/goravel/framework"], server: true },
  { id: "gofr", language: "go", packages: ["gofr.dev"], server: true },
  { id: "goframe", language: "go", packages: ["github.com/gogf/gf"], server: true },
  { id: "go-zero", language: "go", packages: ["github.com/zeromicro/go-zero"], server: true },
  { id: "kratos", language: "go", packages: ["github.com/go-kratos/kratos"], server: true },
  { id: "huma", language: "go", packages: ["github.com/danielgtaylor/huma"], server: true },
  { id: "fuego", language: "go", packages: ["github.com/go-fuego/fuego"], server: true },
  { id: "gin", language: "go", packages: ["github.com/gin-gonic/gin"], server: true },
  { id: "echo", language: "go", packages: ["github.com/labstack/echo"], server: true },
  { id: "fiber", language: "go", packages: ["github.com/gofiber/fiber"], server: true },
  { id: "hertz", language: "go", packages: ["github.com/cloudwego/hertz"], server: true },
  { id: "iris", language: "go", packages: ["github.com/kataras/iris"], server: true },
  { id: "chi", language: "go", packages: ["github.com/go-chi/chi"], server: true },
  { id: "go-kit", language: "go", packages: ["github.com/go-kit/kit"], server: true },
  { id: "gorilla/mux", language: "go", packages: ["github.com/gorilla/mux"], server: true },
  { id: "httprouter", language: "go", packages: ["github.com/julienschmidt/httprouter"], server: true },
];
