"""The API as strangers know it: by its OpenAPI descriptions alone, with what is generated from them."""
