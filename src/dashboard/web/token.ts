/** What the login leaves in this origin's storage, which is private to the port; a cookie is not. */
export const tokenKey = "leash-token";
