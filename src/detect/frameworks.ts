import type { Framework } from "./frameworks/framework";
import { jvmFrameworks } from "./frameworks/jvm";
import { nodeFrameworks } from "./frameworks/node";

export type { Framework } from "./frameworks/framework";

/** Order is priority within an ecosystem: what is built on another framework stands before it. */
export const frameworks: readonly Framework[] = [
  ...nodeFrameworks,

  // Python
  { id: "wagtail", ecosystem: "python", packages: ["wagtail"], server: true },
  { id: "django", ecosystem: "python", packages: ["django", "djangorestframework", "django-ninja"], server: true },
  { id: "masonite", ecosystem: "python", packages: ["masonite"], server: true },
  { id: "streamlit", ecosystem: "python", packages: ["streamlit"], server: true },
  { id: "gradio", ecosystem: "python", packages: ["gradio"], server: true },
  { id: "dash", ecosystem: "python", packages: ["dash"], server: true },
  { id: "chainlit", ecosystem: "python", packages: ["chainlit"], server: true },
  { id: "nicegui", ecosystem: "python", packages: ["nicegui"], server: true },
  { id: "reflex", ecosystem: "python", packages: ["reflex"], server: true },
  { id: "panel", ecosystem: "python", packages: ["panel"], server: true },
  { id: "fastapi", ecosystem: "python", packages: ["fastapi", "fastapi-slim"], server: true },
  { id: "litestar", ecosystem: "python", packages: ["litestar", "starlite"], server: true },
  {
    id: "flask",
    ecosystem: "python",
    packages: ["flask", "flask-appbuilder", "flask-restx", "apiflask"],
    server: true,
  },
  { id: "quart", ecosystem: "python", packages: ["quart"], server: true },
  { id: "sanic", ecosystem: "python", packages: ["sanic"], server: true },
  { id: "blacksheep", ecosystem: "python", packages: ["blacksheep"], server: true },
  { id: "robyn", ecosystem: "python", packages: ["robyn"], server: true },
  { id: "starlette", ecosystem: "python", packages: ["starlette"], server: true },
  { id: "falcon", ecosystem: "python", packages: ["falcon"], server: true },
  { id: "pyramid", ecosystem: "python", packages: ["pyramid"], server: true },
  { id: "turbogears", ecosystem: "python", packages: ["turbogears2"], server: true },
  { id: "cherrypy", ecosystem: "python", packages: ["cherrypy"], server: true },
  { id: "bottle", ecosystem: "python", packages: ["bottle"], server: true },
  { id: "tornado", ecosystem: "python", packages: ["tornado"], server: true },
  { id: "aiohttp", ecosystem: "python", packages: ["aiohttp"], server: true },

  // Go
  { id: "beego", ecosystem: "go", packages: ["github.com/beego/beego", "github.com/astaxie/beego"], server: true },
  { id: "buffalo", ecosystem: "go", packages: ["github.com/gobuffalo/buffalo"], server: true },
  { id: "revel", ecosystem: "go", packages: ["github.com/revel/revel"], server: true },
  { id: "pocketbase", ecosystem: "go", packages: ["github.com/pocketbase/pocketbase"], server: true },
  { id: "goravel", ecosystem: "go", packages: ["github.com/goravel/framework"], server: true },
  { id: "gofr", ecosystem: "go", packages: ["gofr.dev"], server: true },
  { id: "goframe", ecosystem: "go", packages: ["github.com/gogf/gf"], server: true },
  { id: "go-zero", ecosystem: "go", packages: ["github.com/zeromicro/go-zero"], server: true },
  { id: "kratos", ecosystem: "go", packages: ["github.com/go-kratos/kratos"], server: true },
  { id: "huma", ecosystem: "go", packages: ["github.com/danielgtaylor/huma"], server: true },
  { id: "fuego", ecosystem: "go", packages: ["github.com/go-fuego/fuego"], server: true },
  { id: "gin", ecosystem: "go", packages: ["github.com/gin-gonic/gin"], server: true },
  { id: "echo", ecosystem: "go", packages: ["github.com/labstack/echo"], server: true },
  { id: "fiber", ecosystem: "go", packages: ["github.com/gofiber/fiber"], server: true },
  { id: "hertz", ecosystem: "go", packages: ["github.com/cloudwego/hertz"], server: true },
  { id: "iris", ecosystem: "go", packages: ["github.com/kataras/iris"], server: true },
  { id: "chi", ecosystem: "go", packages: ["github.com/go-chi/chi"], server: true },
  { id: "go-kit", ecosystem: "go", packages: ["github.com/go-kit/kit"], server: true },
  { id: "gorilla/mux", ecosystem: "go", packages: ["github.com/gorilla/mux"], server: true },
  { id: "httprouter", ecosystem: "go", packages: ["github.com/julienschmidt/httprouter"], server: true },

  // Ruby
  { id: "rails", ecosystem: "ruby", packages: ["rails", "railties"], server: true },
  { id: "hanami", ecosystem: "ruby", packages: ["hanami"], server: true },
  { id: "grape", ecosystem: "ruby", packages: ["grape"], server: true },
  { id: "roda", ecosystem: "ruby", packages: ["roda"], server: true },
  { id: "padrino", ecosystem: "ruby", packages: ["padrino"], server: true },
  { id: "sinatra", ecosystem: "ruby", packages: ["sinatra", "sinatra-contrib"], server: true },
  { id: "rack", ecosystem: "ruby", packages: ["rack"], server: true },
  { id: "jekyll", ecosystem: "ruby", packages: ["jekyll"], server: false },

  // PHP
  { id: "laravel", ecosystem: "php", packages: ["laravel/framework", "laravel/lumen-framework"], server: true },
  {
    id: "symfony",
    ecosystem: "php",
    packages: ["symfony/framework-bundle", "symfony/symfony", "api-platform/core", "api-platform/symfony"],
    server: true,
  },
  { id: "drupal", ecosystem: "php", packages: ["drupal/core", "drupal/core-recommended"], server: true },
  { id: "craft", ecosystem: "php", packages: ["craftcms/cms"], server: true },
  { id: "yii", ecosystem: "php", packages: ["yiisoft/yii2"], server: true },
  { id: "cakephp", ecosystem: "php", packages: ["cakephp/cakephp"], server: true },
  { id: "codeigniter", ecosystem: "php", packages: ["codeigniter4/framework", "codeigniter/framework"], server: true },
  { id: "laminas", ecosystem: "php", packages: ["laminas/laminas-mvc", "mezzio/mezzio"], server: true },
  { id: "slim", ecosystem: "php", packages: ["slim/slim"], server: true },

  ...jvmFrameworks,

  // .NET
  { id: "aspnetcore", ecosystem: "dotnet", packages: ["sdk:microsoft.net.sdk.web"], server: true },
  { id: "blazor", ecosystem: "dotnet", packages: ["sdk:microsoft.net.sdk.blazorwebassembly"], server: false },
  { id: "worker", ecosystem: "dotnet", packages: ["sdk:microsoft.net.sdk.worker"], server: true },

  // Rust
  { id: "loco", ecosystem: "rust", packages: ["loco-rs"], server: true },
  { id: "axum", ecosystem: "rust", packages: ["axum"], server: true },
  { id: "actix-web", ecosystem: "rust", packages: ["actix-web"], server: true },
  { id: "rocket", ecosystem: "rust", packages: ["rocket"], server: true },
  { id: "poem", ecosystem: "rust", packages: ["poem"], server: true },
  { id: "salvo", ecosystem: "rust", packages: ["salvo"], server: true },
  { id: "warp", ecosystem: "rust", packages: ["warp"], server: true },
  { id: "tide", ecosystem: "rust", packages: ["tide"], server: true },
  { id: "tonic", ecosystem: "rust", packages: ["tonic"], server: true },
  { id: "hyper", ecosystem: "rust", packages: ["hyper"], server: true },

  // Elixir
  { id: "phoenix", ecosystem: "elixir", packages: ["phoenix"], server: true },
  { id: "plug", ecosystem: "elixir", packages: ["plug_cowboy", "bandit", "plug"], server: true },

  // Dart
  { id: "serverpod", ecosystem: "dart", packages: ["serverpod"], server: true },
  { id: "dart_frog", ecosystem: "dart", packages: ["dart_frog"], server: true },
  { id: "angel3", ecosystem: "dart", packages: ["angel3_framework", "angel_framework"], server: true },
  { id: "conduit", ecosystem: "dart", packages: ["conduit", "conduit_core", "aqueduct"], server: true },
  { id: "alfred", ecosystem: "dart", packages: ["alfred"], server: true },
  { id: "jaspr", ecosystem: "dart", packages: ["jaspr"], server: true },
  { id: "shelf", ecosystem: "dart", packages: ["shelf", "shelf_router"], server: true },
  { id: "flutter", ecosystem: "dart", packages: ["flutter"], server: false },

  // Swift
  { id: "vapor", ecosystem: "swift", packages: ["vapor"], server: true },
  { id: "hummingbird", ecosystem: "swift", packages: ["hummingbird"], server: true },
  { id: "kitura", ecosystem: "swift", packages: ["kitura"], server: true },
  { id: "perfect", ecosystem: "swift", packages: ["perfect-httpserver"], server: true },

  // Crystal
  { id: "lucky", ecosystem: "crystal", packages: ["lucky"], server: true },
  { id: "amber", ecosystem: "crystal", packages: ["amber"], server: true },
  { id: "marten", ecosystem: "crystal", packages: ["marten"], server: true },
  { id: "athena", ecosystem: "crystal", packages: ["athena", "athena-framework"], server: true },
  { id: "spider-gazelle", ecosystem: "crystal", packages: ["action-controller"], server: true },
  { id: "grip", ecosystem: "crystal", packages: ["grip"], server: true },
  { id: "kemal", ecosystem: "crystal", packages: ["kemal"], server: true },

  // Haskell
  { id: "ihp", ecosystem: "haskell", packages: ["ihp"], server: true },
  { id: "yesod", ecosystem: "haskell", packages: ["yesod", "yesod-core"], server: true },
  { id: "servant", ecosystem: "haskell", packages: ["servant-server"], server: true },
  { id: "scotty", ecosystem: "haskell", packages: ["scotty"], server: true },
  { id: "spock", ecosystem: "haskell", packages: ["Spock", "Spock-core"], server: true },
  { id: "snap", ecosystem: "haskell", packages: ["snap", "snap-server"], server: true },
  { id: "happstack", ecosystem: "haskell", packages: ["happstack-server", "happstack-lite"], server: true },
  { id: "twain", ecosystem: "haskell", packages: ["twain"], server: true },
  { id: "wai", ecosystem: "haskell", packages: ["warp"], server: true },
];
