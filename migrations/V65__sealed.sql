-- Something sealed, to try a key on before a server begins to serve.
CREATE INDEX file_content_sealed ON file_content (organization_id, digest) WHERE sealed = 1;
