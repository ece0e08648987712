"""The OpenAPI document of the REST API, made from the objects that read its requests and make its answers; and the page
to try it."""
