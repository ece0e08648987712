"""The JSON shapes of answers, as types: `views` makes them, the type checker holds it to them, and the OpenAPI document
shows them. Nothing is checked or converted when an answer is made."""
